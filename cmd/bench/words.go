package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// words are what goods are called here: two characters each, as people search for them.
var words = strings.Fields(`耐磨 防腐 高强 低温 精密 冷拔 冷弯 镀铬 喷塑 抛光 拉丝 酸洗 磷化 发黑 淬火 调质 退火 渗碳 氮化 时效
轴承 法兰 弯头 三通 阀门 螺栓 螺母 垫圈 卡箍 支架 立柱 横梁 护栏 格栅 踏板 导轨 滑块 丝杠 齿轮 链条
皮带 联轴 油封 密封 弹簧 销轴 键条 套筒 衬套 轴套 吊环 钢丝 绳索 网片 滤芯 喷嘴 仪表 开关 电缆 桥架`)

const wordsEach = 4

// goodsName is the n-th item's name: each word is in one of fifteen names, so that a
// search has about 670 hits among 10,000 in either program.
func goodsName(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // data, not secrets
	pick := r.Perm(len(words))[:wordsEach]
	parts := make([]string, 0, wordsEach+2)
	for _, p := range pick {
		parts = append(parts, words[p])
	}
	return strings.Join(append(parts, fmt.Sprintf("%d×%d", 100+n%50, 5+n%20), grades[n%len(grades)]), " ")
}

var grades = []string{"Q235B", "Q355B", "Q345C", "Q390D"}
