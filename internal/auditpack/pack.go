package auditpack

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

// Options choose a pack.
type Options struct {
	Year int
	// Seed decides which entries are drawn, Samples how many.
	Seed    string
	Samples int
}

// pack is what is written.
type pack struct {
	log      Log
	figures  []Figure
	samples  []Sample
	findings []Finding
}

// Write writes the archive of a year, read in one snapshot.
func Write(ctx context.Context, db Beginner, o Options, out io.Writer) error {
	p, err := snapshotOf(ctx, db, o)
	if err != nil {
		return err
	}
	return p.write(o, out)
}

// snapshotOf reads everything at one moment.
func snapshotOf(ctx context.Context, db Beginner, o Options) (pack, error) {
	tx, err := db.BeginTx(ctx, snapshot())
	if err != nil {
		return pack{}, fmt.Errorf("audit pack: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	p, err := read(ctx, tx, o)
	if err != nil {
		return pack{}, fmt.Errorf("audit pack: %w", err)
	}
	return p, nil
}

func (p pack) write(o Options, out io.Writer) error {
	z := zip.NewWriter(out)
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"README.txt", func(w io.Writer) error { _, err := io.WriteString(w, p.readme(o)); return err }},
		{"figures.csv", p.writeFigures},
		{"samples.csv", p.writeSamples},
		{"findings.csv", p.writeFindings},
	} {
		// The time of the data, not of the export: the same log gives the same bytes.
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: p.log.At.UTC().Truncate(time.Second)})
		if err == nil {
			err = f.write(w)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	return z.Close()
}

// table writes a table that spreadsheets open as UTF-8.
func table(w io.Writer, head []string, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	for _, row := range append([][]string{head}, rows...) {
		safe := make([]string, len(row))
		for i := range row {
			safe[i] = cell(row[i])
		}
		if err := c.Write(safe); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// cell makes a text that no spreadsheet takes for a formula: people type reasons,
// and clients choose names.
func cell(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == 0 || r == '\r' || r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, text)
	start := strings.TrimLeft(text, " \u00a0\u3000\ufeff")
	if start != "" && strings.ContainsAny(start[:1], "=+-@|%") || strings.HasPrefix(start, "＝") || strings.HasPrefix(start, "＋") ||
		strings.HasPrefix(start, "－") || strings.HasPrefix(start, "＠") {
		return "'" + text
	}
	return text
}

func (p pack) writeFigures(w io.Writer) error {
	var rows [][]string
	for _, f := range p.figures {
		rows = append(rows, []string{f.Code, f.Name, f.Dimension, strconv.FormatInt(f.Value, 10), f.Unit, f.Definition, moment(f.AsOf)})
	}
	return table(w, []string{"code 代码", "name 名称", "dimension 分组", "value 数值", "unit 单位", "definition 口径", "as of 数据时间"}, rows)
}

func (p pack) writeSamples(w io.Writer) error {
	var rows [][]string
	for _, s := range p.samples {
		rows = append(rows, []string{
			strconv.FormatInt(s.Sequence, 10), s.Entry, moment(s.At), s.Agency, s.Staff, s.Role, s.Purpose, s.Ticket, s.Operation,
			s.Outcome, s.Reason, strconv.FormatBool(s.BreakGlass), strconv.Itoa(s.Children), s.Bases, s.Coordinates, "", "",
		})
	}
	return table(w, []string{
		"sequence 序号", "entry 条目编号", "at 时间", "agency 机构", "staff 工号", "role 角色", "purpose 用途", "ticket 工单", "operation 操作",
		"outcome 结果", "reason 原因", "break-glass 紧急", "children 儿童数", "bases 依据", "coordinates 字段", "checked by 核查人", "remark 核查意见",
	}, rows)
}

func (p pack) writeFindings(w io.Writer) error {
	var rows [][]string
	for _, f := range p.findings {
		meaning := meanings()[f.Code]
		rows = append(rows, []string{f.Code, meaning[0], meaning[1], f.Day.Format(time.DateOnly), f.Agency, "", ""})
	}
	return table(w, []string{"code 代码", "finding 发现", "basis 依据", "day 日期", "agency 机构", "fixed on 整改日期", "remark 整改情况"}, rows)
}

// meanings are findings in words, with what they are measured by.
func meanings() map[string][2]string {
	return map[string][2]string{
		"EMERGENCY_UNJUSTIFIED": {"紧急访问未在24小时内说明理由 · break-glass access not justified within 24 hours", "紧急访问规则（设定值）· rule of break-glass access, set locally"},
		"EMERGENCY_UNREVIEWED":  {"紧急访问未在3个工作日内复核 · break-glass access not reviewed within 3 working days", "紧急访问规则（设定值）· rule of break-glass access, set locally"},
		"INQUIRY_LATE":          {"权利请求超过应答复日期 · inquiry closed or open after the day due", "网络保护条例34；设定值 · set locally"},
		"INQUIRY_TOO_LATE":      {"权利请求超过最长期限 · inquiry beyond the outer limit", "GB/T 35273-2020 8.7"},
	}
}

// readme says what the archive is and how to make it again.
func (p pack) readme(o Options) string {
	return fmt.Sprintf(`同心 Tongxin %d 年度未成年人个人信息审计包
The audit of minors' data for the year %d

依据 Grounds: 未成年人网络保护条例第三十六条、第三十七条；个人信息保护法第五十四条。

数据 Data: 访问记录 %d 条，树根 %s，最新一条时间 %s。
The access log of %d entries, tree head %s, newest entry at %s.
树根可与任何已签名的检查点核对：tongxin audit verify。 Hold the tree head against any signed checkpoint.

figures.csv   指标；每个数有口径、单位和数据时间。 Figures, each with definition, unit and as-of time.
samples.csv   抽样 %d 条，种子“%s”：按 SHA-256(种子:条目编号) 从小到大取查阅过儿童的条目，可复核。
              %d entries drawn with the seed %q: the lowest by SHA-256(seed:entry id) among those that showed a child.
              每条可用 tongxin audit prove 取得证明。 Each can be proven with tongxin audit prove.
findings.csv  逾期事项清单，供整改登记。 What is overdue, with room for what was done about it.

表中不含儿童编号、姓名和字段内容。以 = + - @ 开头的文本前加了单引号。
No identifier or name of a child and no value is in here. Texts that begin with = + - @ carry an apostrophe.
`, o.Year, o.Year, p.log.Size, p.log.Root, moment(p.log.At), p.log.Size, p.log.Root, moment(p.log.At), len(p.samples), o.Seed, len(p.samples), o.Seed)
}

// moment is a time in China.
func moment(t time.Time) string {
	return t.In(chinatime.Zone()).Format("2006-01-02 15:04:05 +08:00")
}
