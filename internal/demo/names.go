package demo

import "strings"

// The name pools: frequent surnames by weight and neutral given names of two
// eras. None is taken from a list of real persons.
var (
	surnames = strings.Fields(`李 王 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 高 林 罗
		郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈
		姚 卢 姜 崔 钟 谭 陆 汪 范 金 欧阳`)
	girls = strings.Fields(`子涵 欣怡 梓涵 诗涵 雨桐 可馨 思琪 梦瑶 语嫣 佳怡 雨萱 若曦 心怡 静怡 嘉欣 雅婷
		梓萱 一诺 艺涵 晓雯 书瑶 依诺 婉清 思语 梦洁 雪晴 晨曦 芷若 悦宁 清妍 若兰 语桐 念慈 采薇 安然 星语`)
	boys = strings.Fields(`浩然 子轩 宇航 子墨 俊杰 梓睿 博文 子豪 宇轩 天佑 一鸣 嘉豪 俊熙 明轩 思远 泽宇
		皓轩 文博 子昂 睿哲 承泽 逸飞 家明 志远 晨阳 星辰 景行 安澜 知行 云帆 书衡 沐阳 子谦 乐天 修远 亦凡`)
	elderWomen = strings.Fields(`桂英 秀英 玉兰 凤英 桂兰 秀兰 玉珍 春梅 淑珍 菊香 金枝 腊梅 桂香 翠兰 银花 秋菊`)
	elderMen   = strings.Fields(`国华 建国 德胜 志明 长根 金水 福生 贵生 正华 大明 春生 水生 家福 国强 安邦 庆丰`)
	women      = strings.Fields(`艳红 丽华 小燕 海燕 红梅 晓霞 志芳 文娟 春燕 玲玲 敏 娟 霞 芳 丽 静`)
	men        = strings.Fields(`志强 军 勇 建军 海波 文斌 小兵 永刚 涛 伟 明辉 超 鹏程 立新 国平 正林`)
)

// surnameWeights falls off as surnames do; the double surname is rare.
func surnameWeights() []float64 {
	weights := make([]float64, len(surnames))
	for i := range weights {
		weights[i] = 8 / float64(i+4)
	}
	weights[len(weights)-1] = 0.02
	return weights
}

func (s stream) surname(weights []float64) string { return surnames[s.weighted(weights)] }

// given is a child's given name.
func (s stream) given(sex string) string {
	if sex == male {
		return pick(s, boys)
	}
	return pick(s, girls)
}

// adult is the full name of a parent or staff member.
func (s stream) adult(surname string, woman bool) string {
	if woman {
		return surname + pick(s, women)
	}
	return surname + pick(s, men)
}

// elder is the full name of a grandparent.
func (s stream) elder(surname string, woman bool) string {
	if woman {
		return surname + pick(s, elderWomen)
	}
	return surname + pick(s, elderMen)
}
