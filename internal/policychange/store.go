package policychange

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// Records says where the types of schema/tighten.graphqls are stored.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "PolicyVersion", Table: "policy_version", Kind: record.Node,
			Keys: newest("activated_at"),
			Columns: record.Columns{
				"inForce": "{t}.id = (SELECT v.id FROM policy_version v ORDER BY v.activated_at DESC, v.id DESC LIMIT 1)",
			},
			Links: record.Links{
				"proposal": record.One("PolicyProposal", "{t}.id = {p}.proposal_id"),
				"files":    record.Many("PolicyFile", "{t}.version_id = {p}.id"),
			},
		},
		{Name: "PolicyFile", Table: "policy_file", Kind: record.Node, Key: "version_id", Order: "{t}.name"},
		{
			Name: "PolicyProposal", Table: "policy_proposal", Kind: record.Node,
			Keys: newest("proposed_at"),
			Columns: record.Columns{
				"proposedBy": "(SELECT s.code FROM staff s WHERE s.id = {t}.proposed_by)",
				"decidedBy":  "(SELECT s.code FROM staff s WHERE s.id = {t}.decided_by)",
			},
			Links: record.Links{
				"lines": record.Many("PolicyProposalLine", "{t}.proposal_id = {p}.id"),
				"diff":  record.Many("PolicyDifference", "{t}.proposal_id = {p}.id"),
			},
		},
		{Name: "PolicyProposalLine", Table: "policy_proposal_line", Kind: record.Node, Key: "proposal_id", Order: "{t}.ordinal"},
		{
			Name: "PolicyDifference", Table: "policy_proposal_cell", Kind: record.Node, Key: "proposal_id", Order: "{t}.ordinal",
			Columns: record.Columns{"group": "{t}.grp"},
		},
	}
}

func newest(column string) []record.Order {
	return []record.Order{{SQL: "{t}." + column, Cast: "timestamptz", Desc: true}, {SQL: "{t}.id", Cast: "bigint", Desc: true}}
}

// Roots are the root fields that start from versions and proposals.
func Roots() []record.Root {
	return []record.Root{
		{Field: "policyVersions", Type: "PolicyVersion", Paged: true},
		{Field: "policyProposals", Type: "PolicyProposal", Paged: true, Filters: record.Columns{"state": "{t}.state = {v}"}},
		{Field: "policyProposal", Type: "PolicyProposal", Keyed: true},
	}
}

// proposal is one row with what deciding needs.
type proposal struct {
	id                           int64
	base, version, reason, state string
	files                        policy.Tree
	by                           Person
}

const insertSQL = `-- name: InsertPolicyProposal
INSERT INTO policy_proposal (base, version, files, reason, proposed_by, proposed_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`

const insertLinesSQL = `-- name: InsertProposalLines
INSERT INTO policy_proposal_line (proposal_id, ordinal, comes, line)
SELECT $1, l.n, l.comes, l.line FROM unnest($2::boolean[], $3::text[]) WITH ORDINALITY AS l (comes, line, n)`

const insertCellSQL = `-- name: InsertProposalCell
INSERT INTO policy_proposal_cell (proposal_id, ordinal, role, purpose, grp, coordinates, bases, turn, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

const findSQL = `-- name: FindPolicyProposal
SELECT id, base, version, state, files, proposed_by FROM policy_proposal WHERE id = $1 FOR UPDATE`

const filesSQL = `-- name: FilesOfProposal
SELECT files FROM policy_proposal WHERE id = $1`

const proposedSQL = `-- name: FilesOfProposedVersion
SELECT files FROM policy_proposal WHERE version = $1 ORDER BY id DESC LIMIT 1`

const decideSQL = `-- name: DecidePolicyProposal
UPDATE policy_proposal SET state = $2, decided_by = $3, decided_at = $4, note = nullif($5, '') WHERE id = $1`

// insert writes a proposal with its lines and differences.
func (p *proposal) insert(ctx context.Context, tx pgx.Tx, change policy.Change, diff []policy.Difference) (id int64, err error) {
	text, err := json.Marshal(p.files)
	if err != nil {
		return 0, err
	}
	if err := tx.QueryRow(ctx, insertSQL, p.base, p.version, text, p.reason, p.by.ID, p.by.Now).Scan(&id); err != nil {
		return 0, err
	}
	var comes []bool
	var lines []string
	for _, l := range change.Remove {
		comes, lines = append(comes, false), append(lines, l.Text())
	}
	for _, l := range change.Add {
		comes, lines = append(comes, true), append(lines, l.Text())
	}
	batch := &pgx.Batch{}
	batch.Queue(insertLinesSQL, id, comes, lines)
	for i, d := range diff {
		bases := make([]string, 0, len(d.Bases.List()))
		for _, b := range d.Bases.List() {
			bases = append(bases, string(b))
		}
		batch.Queue(insertCellSQL, id, i+1, string(d.Role), string(d.Purpose), d.Group, d.Coordinates, bases,
			string(d.Turn), d.Before.String(), d.After.String())
	}
	return id, tx.SendBatch(ctx, batch).Close()
}

// find reads a proposal and keeps others from deciding it meanwhile.
func find(ctx context.Context, tx pgx.Tx, id int64) (*proposal, error) {
	p := &proposal{}
	err := tx.QueryRow(ctx, findSQL, id).Scan(&p.id, &p.base, &p.version, &p.state, &p.files, &p.by.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noProposal()
	}
	return p, err
}

func noProposal() error {
	return fault.At("proposal", fault.New(fault.NotFound, "没有这项提案。", "There is no such proposal."))
}

func (p *proposal) decide(ctx context.Context, tx pgx.Tx, by Person, state, note string) error {
	_, err := tx.Exec(ctx, decideSQL, p.id, state, by.ID, by.Now, note)
	return err
}

// Database is what reading a proposal needs of PostgreSQL.
type Database interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Files is the whole text that a proposal makes, for a replay. Fault: NotFound.
func Files(ctx context.Context, db Database, id int64) (files policy.Tree, err error) {
	err = db.QueryRow(ctx, filesSQL, id).Scan(&files)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noProposal()
	}
	return files, err
}

// ProposedText is the whole text of a version that was proposed, nil for none.
func ProposedText(ctx context.Context, db Database, version string) (files policy.Tree, err error) {
	err = db.QueryRow(ctx, proposedSQL, version).Scan(&files)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return files, err
}
