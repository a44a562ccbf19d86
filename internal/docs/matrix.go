package docs

import (
	"strings"

	"github.com/tongxin-hub/tongxin/policy"
)

// Matrix is the golden matrix as a page: the same text, with a heading for each
// section, so that a reader can jump.
func Matrix(rules *policy.Policy) string {
	var out strings.Builder
	out.WriteString(notice + "# 最小必要矩阵 Minimisation matrix\n\n")
	out.WriteString("Policy version `" + rules.Version() + "`. Compiled from the lines of `policy/lines/`; " +
		"the same text is `policy/testdata/matrix.golden`, whose difference is what a reviewer reviews. " +
		"For one decision ask `tongxin policy explain`.\n\n")
	legend, sections, _ := strings.Cut(rules.Matrix(), "\n== ")
	out.WriteString(fenced(legend))
	for section := range strings.SplitSeq(sections, "\n== ") {
		title, body, _ := strings.Cut(section, "\n")
		out.WriteString("## " + titleOf(title) + "\n\n" + fenced(body))
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

func fenced(text string) string { return "```text\n" + strings.Trim(text, "\n") + "\n```\n\n" }

// titleOf names a section of the matrix, whose own heading is a letter.
func titleOf(section string) string {
	titles := map[string]string{
		"A": "身份 identity", "B": "登记与类别 register and category", "C": "家庭与照护 family and care", "D": "走访 visits",
		"E": "教育 education", "F": "心理 psychology", "G": "健康 health", "H": "妇联 women's federation",
		"I": "保护与救助 protection and relief", "J": "治理 governance",
	}
	return strings.TrimSpace(section + " " + titles[section])
}
