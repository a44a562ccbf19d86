package relief

import (
	"fmt"
	"strings"
)

// Notice is all that a notice may be made of: there is no place for a child's name,
// school, number, illness or category, so that none can slip in.
type Notice struct {
	Township string
	// Applicant is masked, "" where the child applies or nobody is known.
	Applicant string
	Reason    string
	Amount    float64
	From      string
	Until     string
}

// Text is the notice as it is put up. It says 困难, which every household that applies
// has, and never what kind of child lives there.
func (n Notice) Text() string {
	who := n.Applicant
	if who == "" {
		who = "一户居民"
	}
	kind := "支出型"
	if n.Reason == "EMERGENCY" {
		kind = "急难型"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "临时救助公示：%s%s因家庭%s困难申请临时救助，经核查拟救助%.2f元。", n.Township, who, kind, n.Amount)
	fmt.Fprintf(&b, "公示期%s至%s。如有异议，请在公示期内向%s反映。", n.From, n.Until, n.Township)
	return b.String()
}
