package demo

// Ids of the ten story children. They are the same under every seed and scale.
const (
	Qinghe   int64 = 1 + iota // 青禾-01: six unexplained absences
	Liutang                   // 柳塘-02: alone at night, the grandmother is ill
	Shiqiao                   // 石桥-03: bruises; the director is kin
	Yunxi                     // 云溪-04: sixteen next month
	Wanghu                    // 望湖-05: no hukou, no school, vaccines due
	Songgang                  // 松岗-06: third-level screening, guardian out of reach
	Taoyuan                   // 桃源-07: shielded; the father asks who looked
	Hewan                     // 河湾-08: counted by the school alone
	Jinsui                    // 金穗-09: moved; two directors claim
	Bailu                     // 白鹭-10: nothing to tell
)

// Story is one of the ten children that tests, screens and the README tell of.
type Story struct {
	// ChildID is the hub's internal id, one of the constants above.
	ChildID int64
	// Alias is the name by which people speak of the child in place of its own.
	Alias string
	// VillageCode is where the child lives.
	VillageCode string
	// ZH and EN tell the story in a sentence.
	ZH, EN string
}

// storyPlan fixes what a story needs; everything else comes from the seed.
type storyPlan struct {
	id             int64
	alias, village string
	town           int // index of the township whose first village is the child's; -1: none of its own
	age, months    int // completed years and months on the day
	male           bool
	kind           kind
	risk           string
	stage          string
	zh, en         string
}

var stories = []storyPlan{
	{
		Qinghe, "青禾-01", "青禾湾", 2, 13, 4, true, leftBehindOnly, "ORANGE", junior,
		"13岁，连续6个上学日无故缺勤，随父母到外地务工", "13, six unexplained absences; went to the parents' city to work",
	},
	{
		Liutang, "柳塘-02", "柳塘畈", 3, 9, 2, false, leftBehindOnly, "RED", primary,
		"9岁，祖母住院，独自在家两晚", "9, grandmother ill, alone for two nights",
	},
	{
		Shiqiao, "石桥-03", "石桥咀", 4, 11, 7, true, leftBehindOnly, "RED", primary,
		"11岁，教师发现身上瘀青，叔叔是本村儿童主任", "11, bruises seen by the teacher; the uncle is the village's child director",
	},
	{
		Yunxi, "云溪-04", "云溪岗", 7, 15, 11, false, leftBehindAndHardship, "YELLOW", junior,
		"15岁11个月，下月满16周岁，困境身份继续", "15 years 11 months, turns 16 next month; hardship goes on",
	},
	{
		Wanghu, "望湖-05", "望湖铺", 9, 6, 5, true, candidate, "ORANGE", noSchool,
		"6岁，无户口，未入学，疫苗缺种", "6, no hukou, not enrolled, vaccines missing",
	},
	{
		Songgang, "松岗-06", "松岗塘", 6, 14, 1, false, leftBehindOnly, "RED", junior,
		"14岁，筛查三级，监护人联系不上", "14, third-level screening, guardian out of reach",
	},
	{
		Taoyuan, "桃源-07", "桃源冲", 11, 10, 3, false, leftBehindOnly, "RED", primary,
		"10岁，人身安全保护令后全部遮蔽，父亲询问谁查看过档案", "10, shielded after a protection order; the father asks who looked",
	},
	{
		Hewan, "河湾-08", "河湾垸", 8, 8, 6, true, flaggedOnly, "", primary,
		"8岁，学校计入、民政未计入：母亲在武汉务工4个月", "8, counted by school, not by civil affairs: the mother works in Wuhan for 4 months",
	},
	{
		Jinsui, "金穗-09", "金穗畈", 5, 12, 8, false, leftBehindOnly, "YELLOW", primary,
		"12岁，区内搬迁，两名儿童主任都来认领", "12, moved within the district; two directors claim",
	},
	{
		Bailu, "白鹭-10", "白鹭湾", 1, 7, 9, true, leftBehindOnly, "GREEN", primary,
		"7岁，照护良好，一切正常", "7, well cared for, nothing to report",
	},
}

// Stories are the ten children with what a reader needs to find them.
func (d *District) Stories() []Story {
	out := make([]Story, 0, len(stories))
	for _, s := range stories {
		out = append(out, Story{
			ChildID: s.id, Alias: s.alias, VillageCode: d.child(s.id).village.code, ZH: s.zh, EN: s.en,
		})
	}
	return out
}

// child is the child with an id; ids are consecutive from 1.
func (d *District) child(id int64) *child { return d.children[id-1] }
