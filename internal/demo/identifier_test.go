package demo_test

import (
	"regexp"
	"strings"
	"testing"
)

// textColumns are all columns of the database that can hold a text, but for the
// hexadecimal ones of the audit log.
const textColumns = `SELECT table_name || '|' || column_name || '|' || (data_type = 'ARRAY')::text FROM information_schema.columns
	WHERE table_schema = 'public' AND (data_type = 'text' OR data_type = 'ARRAY' AND udt_name = '_text')
	AND column_name NOT IN ('trace_id', 'document_hash', 'policy_version', 'note', 'tstamp')
	AND table_name !~ '^audit_.*_[0-9]{6}$' ORDER BY 1`

// TestIdentifiers looks at every text in every table: a run of digits long enough
// to be a number of somebody must carry a prefix that nobody has.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	digits := regexp.MustCompile(`\d{9,}[X]?`)
	found := map[string]int{}
	for _, place := range all[string](t, pool, textColumns) {
		part := strings.Split(place, "|")
		expression := part[1]
		if part[2] == "true" {
			expression = "unnest(" + part[1] + ")"
		}
		texts := all[string](t, pool, `SELECT DISTINCT v FROM (SELECT `+expression+` AS v FROM `+part[0]+`) x WHERE v ~ '\d{9}'`)
		for _, text := range texts {
			for _, number := range digits.FindAllString(text, -1) {
				kind := classify(number)
				if kind == "" {
					t.Errorf("%s.%s: a number of %d digits could be somebody's: %s", part[0], part[1], len(number), number)
				}
				found[kind]++
			}
		}
	}
	for _, kind := range []string{"identity", "disability", "phone", "school", "account", "place"} {
		if found[kind] == 0 {
			t.Errorf("no number of kind %s was looked at: %v", kind, found)
		}
	}
}

// classify names the kind of an impossible number, or "" for a possible one.
func classify(number string) string {
	switch n := len(number); {
	case n == 18 && strings.HasPrefix(number, "990117") && checkDigit(number[:17]) == number[17]:
		return "identity"
	case n == 20 && strings.HasPrefix(number, "990117"):
		return "disability"
	case n == 11 && strings.HasPrefix(number, "100"):
		return "phone"
	case n == 10 && strings.HasPrefix(number, "99"):
		return "school"
	case n == 19 && strings.HasPrefix(number, "0000"):
		return "account"
	case n == 9 && strings.HasPrefix(number, "420117"): // a township, public
		return "township"
	case n == 12 && strings.HasPrefix(number, "420117") && number[9] == '9': // no real village has 9xx
		return "place"
	}
	return ""
}

func checkDigit(body string) byte {
	sum, weight := 0, 1
	for i := len(body) - 1; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(body[i]-'0') * weight
	}
	return "10X98765432"[sum%11]
}

func TestIdentifiers_agreeWithTheChild(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	for name, statement := range map[string]string{
		"digit 17 tells the sex":        `SELECT count(*) FROM child WHERE citizen_id IS NOT NULL AND (substr(citizen_id, 17, 1)::int % 2 = 1) <> (sex = 'MALE')`,
		"one person has one number":     `SELECT count(*) FROM (SELECT 1 FROM child WHERE citizen_id IS NOT NULL GROUP BY citizen_id, name HAVING count(*) > 2) x`,
		"no number without a document":  `SELECT count(*) FROM child WHERE citizen_id IS NOT NULL AND id_doc_type = 'NONE'`,
		"everything is marked made up":  `SELECT (SELECT count(*) FROM child WHERE NOT synthetic) + (SELECT count(*) FROM staff WHERE NOT synthetic) + (SELECT count(*) FROM visit WHERE NOT synthetic)`,
		"log-ins begin with 测试":         `SELECT count(*) FROM staff WHERE code !~ '^测试[A-Z]+[0-9]{4}$'`,
		"tokens are of known numbers":   `SELECT count(*) FROM join_token k LEFT JOIN child c ON c.id = k.child_id WHERE c.citizen_id IS NULL AND k.kind = 'CITIZEN_ID'`,
		"villages have codes of no map": `SELECT count(*) FROM division WHERE level = 'VILLAGE' AND code !~ '^420117[0-9]{3}9[0-9]{2}$'`,
		"addresses have no door number": `SELECT count(*) FROM child WHERE residence_address ~ '号'`,
	} {
		if n := one[int64](t, pool, statement); n != 0 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
	if n := one[int64](t, pool, `SELECT count(DISTINCT name) FROM division WHERE level = 'VILLAGE'`); n != 649 {
		t.Errorf("%d village names, want 649", n)
	}
}

// TestNothingForbidden: what the hub must not store at all (class L5) is in no
// column name and in no text.
func TestNothingForbidden(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	names := regexp.MustCompile(`(?i)photo|face|biometric|score_total|mark$|rank|discipl|offence_record|diagnos|history_text|hiv|religion|transcript|chat|diary|latitude|longitude`)
	forbidden := regexp.MustCompile(`(?i)艾滋|HIV|确诊|诊断为|病史|考试成绩|排名|处分|前科|宗教|聊天记录|日记|人脸`)
	for _, place := range all[string](t, pool, textColumns) {
		part := strings.Split(place, "|")
		if names.MatchString(part[1]) {
			t.Errorf("column %s.%s holds what the hub must not hold", part[0], part[1])
		}
		if part[0] == "catalogue_entry" { // names what is not shared
			continue
		}
		for _, text := range all[string](t, pool, `SELECT DISTINCT `+part[1]+`::text FROM `+part[0]+` WHERE `+part[1]+` IS NOT NULL`) {
			if forbidden.MatchString(text) {
				t.Errorf("%s.%s: %s", part[0], part[1], text)
			}
		}
	}
}
