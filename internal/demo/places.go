package demo

import (
	"fmt"
	"strings"
)

// districtCode and districtName are public statistics; every village is invented.
const (
	districtCode = "420117"
	districtName = "新洲区"
	districtID   = 1
)

type division struct {
	id                int64
	code, name, level string
	parent            int64
	// column and row are where a township lies among the others; 0 for the rest.
	column, row int
}

type township struct {
	division
	// short is the name without its kind, as schools are called.
	short    string
	share    float64 // left-behind children of 3,000
	villages []*village
	agencyID int64
	clinicID int64
	children []*child
	byStage  map[string][]*school
}

type village struct {
	division
	town     *township
	children []*child
}

// townshipPlan is the 15 township-level units with their public names; counts
// of villages and shares are invented and sum to 649 and 3,000. Column and row are
// roughly where they lie, the first in the west and north.
var townshipPlan = []struct {
	suffix, name, short string
	villages            int
	share               float64
	column, row         int
}{
	{"001", "邾城街道", "邾城", 92, 300, 3, 3},
	{"002", "阳逻街道", "阳逻", 88, 240, 1, 3},
	{"003", "仓埠街道", "仓埠", 70, 320, 1, 2},
	{"004", "汪集街道", "汪集", 58, 290, 2, 3},
	{"005", "李集街道", "李集", 56, 300, 2, 1},
	{"006", "三店街道", "三店", 48, 260, 3, 2},
	{"007", "潘塘街道", "潘塘", 38, 220, 4, 2},
	{"008", "旧街街道", "旧街", 56, 340, 5, 2},
	{"009", "双柳街道", "双柳", 42, 200, 2, 4},
	{"010", "涨渡湖街道", "涨渡湖", 12, 60, 3, 4},
	{"011", "辛冲街道", "辛冲", 36, 190, 4, 3},
	{"012", "徐古街道", "徐古", 30, 170, 4, 1},
	{"102", "凤凰镇", "凤凰", 18, 90, 3, 1},
	{"400", "道观河风景旅游管理处", "道观河", 4, 15, 5, 1},
	{"406", "新洲原种场", "原种场", 1, 5, 5, 3},
}

// villageNames joins invented stems and endings; the order is fixed, so that a
// village has one name under every seed.
func villageNames() []string {
	stems := strings.Fields(`青禾 柳塘 石桥 云溪 望湖 松岗 桃源 河湾 金穗 白鹭 晨光 梧桐 稻香 荷风 竹影 兰泽 星河 枫林
		鹤鸣 鹿野 杏花 梅岭 菱歌 芦花 棠梨 桑榆 槐荫 榴园 苇岸 麦浪 橘洲 橙坡 春和 夏木 秋实 冬青 朝霞 晚晴 明月 清泉
		碧波 翠屏 紫藤 丹枫 银杏 玉带 锦屏 彩虹 听雨 观澜 归雁 落霞 飞鹭 沐风 迎曦 凝露 织锦 耕读 渔歌 牧云 望舒 怀瑾
		握瑜 采芹 流萤 萤火 蝉鸣 蛙声 燕归 雁回 鹊桥 鸥汀 鹭洲 雀舌 莺啼 鹂音 云帆 云岫 云麓 溪语 溪畔 湖心`)
	endings := strings.Fields(`湾 畈 咀 岗 铺 塘 冲 垸`)
	names := make([]string, 0, len(stems)*len(endings))
	for _, ending := range endings {
		for _, stem := range stems {
			if !strings.HasSuffix(stem, ending) {
				names = append(names, stem+ending)
			}
		}
	}
	return names
}

// makePlaces makes the district, its townships and villages. The village of a
// story child is the first of its township.
func (d *District) makePlaces() {
	d.divisions = append(d.divisions, division{id: districtID, code: districtCode, name: districtName, level: "DISTRICT"})
	for i, plan := range townshipPlan {
		t := &township{short: plan.short, share: plan.share, byStage: map[string][]*school{}}
		t.division = division{
			id: int64(2 + i), code: districtCode + plan.suffix, name: plan.name, level: "TOWNSHIP", parent: districtID,
			column: plan.column, row: plan.row,
		}
		d.townships = append(d.townships, t)
		d.divisions = append(d.divisions, t.division)
	}
	taken := map[string]bool{}
	first := map[int]string{}
	for _, story := range stories {
		if story.town >= 0 {
			first[story.town] = story.village
			taken[story.village] = true
		}
	}
	names := villageNames()
	next := 0
	for i, t := range d.townships {
		for n := range townshipPlan[i].villages {
			name := first[i]
			if n > 0 || name == "" {
				for name = names[next]; taken[name]; name = names[next] {
					next++
				}
				taken[name] = true
			}
			d.addVillage(t, n, name)
		}
	}
}

// addVillage codes a village 9xx, where no real village can be.
func (d *District) addVillage(t *township, n int, name string) {
	kind := "村"
	if (t.short == "邾城" || t.short == "阳逻") && n%3 == 1 {
		kind = "社区"
	}
	v := &village{town: t, division: division{
		id: int64(len(d.divisions) + 1), code: fmt.Sprintf("%s9%02d", t.code, n+1),
		name: name + kind, level: "VILLAGE", parent: t.id,
	}}
	t.villages = append(t.villages, v)
	d.divisions = append(d.divisions, v.division)
}

func (d *District) villages() []*village {
	all := make([]*village, 0, directors)
	for _, t := range d.townships {
		all = append(all, t.villages...)
	}
	return all
}
