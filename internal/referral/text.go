package referral

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

var (
	longNumber = regexp.MustCompile(`(?:[0-9][\s\-]?){6}`)
	// classified are codes of the classifications of illness: F00 to F99 of ICD-10,
	// 6A to 6E of ICD-11.
	classified = regexp.MustCompile(`(?i)(?:^|[^0-9a-z])(?:F[0-9]{2}(?:\.[0-9]+)?|6[A-E][0-9][0-9A-Z])(?:[^0-9a-z]|$)|ICD|DSM`)
)

// diagnoses are words by which a text would say what illness a child has. Who works
// with a child at school may not (精神卫生法 23), and the hub keeps none from anybody.
var diagnoses = [...]string{
	"诊断", "确诊", "疾病", "患病", "患有", "病症", "病史", "抑郁", "焦虑症", "焦虑障碍", "双相", "躁狂", "精神分裂", "精神病", "强迫症", "强迫障碍",
	"恐惧症", "惊恐障碍", "创伤后应激", "应激障碍", "人格障碍", "情感障碍", "适应障碍", "品行障碍", "多动症", "注意缺陷", "自闭症", "孤独症", "抽动",
	"厌食症", "贪食症", "癔症", "神经症", "妄想", "幻觉", "智力障碍", "发育障碍", "服药", "药物", "处方", "住院治疗",
	"depress", "anxietydisorder", "bipolar", "schizo", "psychosis", "psychotic", "autis", "adhd", "ptsd", "ocd", "diagnos", "disorder",
}

// tellsIllness reports whether a text names an illness, by word or by code.
func tellsIllness(said string) bool {
	said = norm.NFKC.String(said)
	if classified.MatchString(said) {
		return true
	}
	said = strings.ToLower(strings.Join(strings.FieldsFunc(said, func(r rune) bool {
		return strings.ContainsRune(" \t\r\n　·.,、，。-_*“”\"'（）()", r)
	}), ""))
	for _, word := range diagnoses {
		if strings.Contains(said, word) {
			return true
		}
	}
	return false
}

// plain refuses a text that is too short or too long, holds a long number or names an
// illness.
func plain(member, said string, least, most int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(said))
	switch {
	case n < least || utf8.RuneCountInString(said) > most || longNumber.MatchString(norm.NFKC.String(said)):
		return fault.At(member, fault.New(fault.BadRequest, "请按字数填写，不写证件或电话号码。", "Keep to the length, without numbers of papers or phones."))
	case tellsIllness(said):
		return fault.At(member, fault.New(fault.BadRequest,
			"这里不写诊断、病名或用药（精神卫生法23）；请只写安排和建议。", "No diagnosis, illness or medicine is written here (art. 23 Mental Health Law): only what is arranged."))
	}
	return nil
}
