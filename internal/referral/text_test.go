package referral

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// TestPlain_refusesADiagnosis: by word, by code, spaced out, or in full-width letters.
func TestPlain_refusesADiagnosis(t *testing.T) {
	t.Parallel()
	for _, said := range []string{
		"诊断为重度抑郁症", "疑似 焦 虑 症，请关注", "医院确诊", "符合F32.2标准", "Ｆ３２ 发作", "ADHD倾向", "major depressive disorder",
		"按ICD-10", "服药后好转", "精神·分裂", "6A70 单次发作", "P.T.S.D", "孩子患有双相",
	} {
		if err := plain("note", said, 0, 200); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%q is kept: %v", said, err)
		}
	}
	for _, said := range []string{"", "每周一次在校辅导，班主任陪伴", "与家长约定每晚视频", "孩子愿意参加小组，情绪平稳", "周三14:30在辅导室", "3年级2班教师陪同"} {
		if err := plain("note", said, 0, 200); err != nil {
			t.Errorf("%q is refused: %v", said, err)
		}
	}
	for _, said := range []string{"电话 100 1234 5678", "１００１２３４５６７８", strings.Repeat("好", 201)} {
		if err := plain("note", said, 0, 200); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%q is kept: %v", said, err)
		}
	}
}

// FuzzPlain: whatever is kept is short, and holds no word for an illness that stands in
// it as it is.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"", "诊断", "F32.1", "情绪平稳", "Ａｄｈｄ", "100 1234 5678", "抑\u3000郁", "\x00\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, said string) {
		if plain("note", said, 0, 200) != nil {
			return
		}
		if utf8.RuneCountInString(said) > 200 {
			t.Errorf("%d characters are kept", utf8.RuneCountInString(said))
		}
		for _, word := range diagnoses {
			if strings.Contains(strings.ToLower(said), word) {
				t.Errorf("%q holds %q", said, word)
			}
		}
	})
}
