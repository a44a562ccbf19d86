package audit

import (
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// maxFindings ends the list; a log with more is wrong as a whole.
const maxFindings = 1000

// Problem is what Verify can find, a stable code.
type Problem string

// What can be wrong with a log.
const (
	// EntryMissing, EntryDoubled, EntryForeign: no row, two rows, or a row with
	// a number that the log does not reach.
	EntryMissing Problem = "ENTRY_MISSING"
	EntryDoubled Problem = "ENTRY_DOUBLED"
	EntryForeign Problem = "ENTRY_FOREIGN"
	// EntryUnreadable: a format this verifier does not know.
	EntryUnreadable Problem = "ENTRY_UNREADABLE"
	// EntryChanged: the detail (its disclosures and sets included) is not what
	// the entry committed to.
	EntryChanged Problem = "ENTRY_CHANGED"
	// LeafChanged: the entry is not the one that the tree holds at its place.
	LeafChanged Problem = "LEAF_CHANGED"
	// TimeBackwards: the entry is earlier than one in front of it.
	TimeBackwards Problem = "TIME_BACKWARDS"
	// DetailGone: the detail was emptied without a record of the destruction.
	DetailGone Problem = "DETAIL_GONE"
	// DisclosureForeign: a row of audit_packed that belongs to no entry.
	DisclosureForeign Problem = "DISCLOSURE_FOREIGN"
	// SetChanged: a set of coordinates is not the one it was stored as.
	SetChanged Problem = "SET_CHANGED"
	// HashWrong: a stored hash is missing, too many or not the tree's.
	HashWrong Problem = "HASH_WRONG"
	// HeadWrong: the head row is not the head of the tree.
	HeadWrong Problem = "HEAD_WRONG"
	// CheckpointWrong: a checkpoint is not signed or contradicts its row.
	CheckpointWrong Problem = "CHECKPOINT_WRONG"
	// CosignatureWrong: the signature of a witness is not one on its checkpoint.
	CosignatureWrong Problem = "COSIGNATURE_WRONG"
	// CheckpointForked: the log is not the one that was signed.
	CheckpointForked Problem = "CHECKPOINT_FORKED"
	// LogShorter: the log does not reach a signed checkpoint.
	LogShorter Problem = "LOG_SHORTER"

	// BundleBroken: a bundle cannot be read on from here. BundleChanged: its digest
	// is not that of its bytes.
	BundleBroken  Problem = "BUNDLE_BROKEN"
	BundleChanged Problem = "BUNDLE_CHANGED"
	// ProofWrong: the tree of the checkpoint before the period is not held.
	ProofWrong Problem = "PROOF_WRONG"
	// QuorumMissing: too few witnesses cosigned the checkpoint that all rests on.
	QuorumMissing Problem = "QUORUM_MISSING"
)

// sentences say each problem to people.
func (p Problem) sentences() (zh, en string) {
	switch p {
	case EntryMissing:
		return "条目缺失", "the entry is missing"
	case EntryDoubled:
		return "同一序号出现多条", "more than one entry has this number"
	case EntryForeign:
		return "条目不属于本日志", "the entry does not belong to the log"
	case EntryUnreadable:
		return "条目格式未知", "the entry has an unknown format"
	case EntryChanged:
		return "条目内容与承诺值不符", "the detail is not what the entry committed to"
	case LeafChanged:
		return "条目与哈希树不符", "the entry is not the one in the tree"
	case TimeBackwards:
		return "时间倒退", "the time runs backwards"
	case DetailGone:
		return "内容被清空而无销毁记录", "the detail was emptied without a record of it"
	case DisclosureForeign:
		return "披露记录无所属条目", "a disclosure belongs to no entry"
	case SetChanged:
		return "字段集合被改动", "a set of coordinates was changed"
	case HashWrong:
		return "存储的哈希有误", "a stored hash is wrong"
	case HeadWrong:
		return "日志头有误", "the head is wrong"
	case CheckpointWrong:
		return "检查点签名或记录有误", "a checkpoint or its signature is wrong"
	case CosignatureWrong:
		return "见证方联署有误", "the cosignature of a witness is wrong"
	case CheckpointForked:
		return "日志与已签名的检查点不一致", "the log is not the one that was signed"
	case LogShorter:
		return "日志短于已签名的检查点", "the log is shorter than a signed checkpoint"
	case BundleBroken:
		return "审计包自此处无法读取", "the bundle cannot be read on from here"
	case BundleChanged:
		return "审计包摘要不符", "the digest of the bundle is not that of its bytes"
	case ProofWrong:
		return "未包含此前的检查点", "the tree of the checkpoint before is not held"
	case QuorumMissing:
		return "联署的见证方不足", "too few witnesses cosigned"
	}
	return "未知问题", "unknown problem"
}

// Finding is one thing that is wrong, at its place.
type Finding struct {
	Problem Problem `json:"problem"`
	// Sequence is the entry; for a checkpoint its size; for a hash its index;
	// for a set its id; -1 for none.
	Sequence int64 `json:"sequence"`
	// Detail says more, without any value of the entry.
	Detail string `json:"detail,omitempty"`
}

// String is the finding as a line for people.
func (f Finding) String() string {
	zh, en := f.Problem.sentences()
	line := fmt.Sprintf("%s %d: %s / %s", f.Problem, f.Sequence, zh, en)
	if f.Detail != "" {
		line += " (" + f.Detail + ")"
	}
	return line
}

// Report is what Verify saw.
type Report struct {
	// Entries, Disclosures, Sets and Checkpoints count what was read; Destroyed
	// counts entries whose detail was destroyed on record.
	Entries     int64 `json:"entries"`
	Disclosures int64 `json:"disclosures"`
	Sets        int64 `json:"sets"`
	Checkpoints int64 `json:"checkpoints"`
	// Cosignatures counts those of witnesses; each is checked with the key that
	// the database names for it, so hold these keys against the witnesses' own.
	Cosignatures int64 `json:"cosignatures"`
	Destroyed    int64 `json:"destroyed"`
	// Root is the tree hash over all entries.
	Root tlog.Hash `json:"root"`
	// Signed is the size of the newest good checkpoint: entries from there on
	// stand under no signature yet.
	Signed int64 `json:"signed"`
	// Findings is empty for a sound log. Cut means that there were more.
	Findings []Finding `json:"findings"`
	Cut      bool      `json:"cut,omitempty"`
}

// OK says that nothing is wrong.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

// String is the report for people.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "条目 entries %d · 披露 disclosures %d · 已依规销毁 destroyed %d\n",
		r.Entries, r.Disclosures, r.Destroyed)
	fmt.Fprintf(&b, "根 root %s · 检查点 checkpoints %d · 联署 cosignatures %d · 已签名至 signed up to %d\n",
		r.Root, r.Checkpoints, r.Cosignatures, r.Signed)
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f)
	}
	if r.Cut {
		b.WriteString("…… 其余从略 more left out\n")
	}
	if r.OK() {
		b.WriteString("日志完整 the log is sound\n")
	}
	return b.String()
}

// add notes a finding.
func (r *Report) add(p Problem, sequence int64, format string, args ...any) {
	if len(r.Findings) >= maxFindings {
		r.Cut = true
		return
	}
	r.Findings = append(r.Findings, Finding{Problem: p, Sequence: sequence, Detail: fmt.Sprintf(format, args...)})
}
