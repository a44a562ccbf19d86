package logstatus

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/log.graphqls is stored. Both are views,
// so that a reader's role needs no right to the tables of the log.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "LogStatus", Table: "log_status", Kind: record.Node,
			Links: record.Links{"witnesses": record.Many("LogWitness", "true")},
		},
		{
			Name: "LogWitness", Table: "log_witness", Kind: record.Node,
			Order: "{t}.name, {t}.id",
			Columns: record.Columns{
				"ageSeconds": "greatest(0, floor(extract(epoch FROM {now} - {t}.cosigned_at)))::integer",
				"refusal":    "{t}.reason",
			},
		},
	}
}

// Roots are the root fields that start from the log as a whole.
func Roots() []record.Root {
	return []record.Root{{Field: "logStatus", Type: "LogStatus"}}
}
