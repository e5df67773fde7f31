package main

import (
	"fmt"
	"math"
	"strings"
)

// worksHistory writes all purchase orders, oldest first, in euros.
func worksHistory(works, dst dir, vendors, skus map[string]string) error {
	heads, err := works.records("PurchaseOrderHeader.csv.gz")
	if err != nil {
		return err
	}
	details, err := works.records("PurchaseOrderDetail.csv.gz")
	if err != nil {
		return err
	}
	lines := map[string][]map[string]string{}
	for _, d := range details {
		lines[d["PurchaseOrderID"]] = append(lines[d["PurchaseOrderID"]], d)
	}
	states := map[string]string{"1": "pending", "2": "approved", "3": "rejected", "4": "complete"}
	t := dst.table("history.csv.gz", "number", "seller", "buyer", "placed", "shipped", "state", "freight", "tax", "net", "item", "ordered", "received", "rejected", "price")
	for _, h := range heads {
		net := 0 // cents: the price has four places, the quantity none
		for _, l := range lines[h["PurchaseOrderID"]] {
			net += (int(math.Round(price(l)*1e4))*int(num(l["OrderQty"])) + 50) / 100
		}
		for _, l := range lines[h["PurchaseOrderID"]] {
			t.row(fmt.Sprintf("H-%05d", int(num(h["PurchaseOrderID"]))), vendors[h["VendorID"]], "nordwerk", day(h["OrderDate"]), day(h["ShipDate"]), states[h["Status"]],
				cents(num(h["Freight"])*dollar), cents(num(h["TaxAmt"])*dollar), cents(float64(net)/100),
				skus[l["ProductID"]], dec(num(l["OrderQty"]), 2), dec(num(l["ReceivedQty"]), 2), dec(num(l["RejectedQty"]), 2), dec(price(l), 4))
		}
	}
	fmt.Println("procure history lines", t.n, "orders", len(heads))
	return t.close()
}

func price(l map[string]string) float64 { return math.Round(num(l["UnitPrice"])*dollar*1e4) / 1e4 }
func cents(v float64) string            { return fmt.Sprintf("%.2f", v) }

func day(stamp string) string {
	d, _, _ := strings.Cut(stamp, " ")
	return d
}

// worksShelf is the category of a subcategory of the source.
var worksShelf = map[string]string{
	"Mountain Bikes": "bicycles", "Road Bikes": "bicycles", "Touring Bikes": "bicycles",
	"Mountain Frames": "frames", "Road Frames": "frames", "Touring Frames": "frames", "Forks": "frames", "Headsets": "frames", "Handlebars": "frames", "Saddles": "frames",
	"Wheels": "wheels", "Tires and Tubes": "wheels", "Brakes": "drive", "Chains": "drive", "Cranksets": "drive", "Derailleurs": "drive", "Pedals": "drive", "Bottom Brackets": "drive",
	"Bib-Shorts": "workwear", "Caps": "workwear", "Gloves": "workwear", "Jerseys": "workwear", "Shorts": "workwear", "Socks": "workwear", "Tights": "workwear", "Vests": "workwear", "Helmets": "workwear",
	"Bike Racks": "accessories", "Bike Stands": "accessories", "Bottles and Cages": "accessories", "Cleaners": "accessories", "Fenders": "accessories", "Hydration Packs": "accessories",
	"Lights": "accessories", "Locks": "accessories", "Panniers": "accessories", "Pumps": "accessories",
}

// worksWords place parts that have no subcategory.
var worksWords = []struct{ word, category string }{
	{"Bearing", "bearing-parts"},
	{"Race", "bearing-parts"},
	{"Washer", "washers"},
	{"Nut", "nuts"},
	{"Bolt", "hex-screws"},
	{"Metal", "raw-materials"},
	{"Paint", "paints"},
	{"Rim", "wheels"},
	{"Spoke", "wheels"},
	{"Nipple", "wheels"},
	{"Hub", "wheels"},
	{"Crankarm", "drive"},
	{"Chainring", "drive"},
	{"Freewheel", "drive"},
	{"Derailleur", "drive"},
	{"Pulley", "drive"},
	{"Spindle", "drive"},
	{"Shell", "drive"},
	{"Seat", "frames"},
	{"Grip", "frames"},
	{"Decal", "accessories"},
	{"Reflector", "accessories"},
	{"Lock Ring", "drive"},
}

func worksCategory(name, shelf string) string {
	if c := worksShelf[shelf]; c != "" {
		return c
	}
	for _, w := range worksWords {
		if strings.Contains(name, w.word) {
			return w.category
		}
	}
	return "accessories"
}

// worksPhrases translate product names piece by piece, longer pieces first.
var worksPhrases = [][2]string{
	{"Headset Ball Bearings", "车头碗组滚珠轴承"},
	{"BB Ball Bearing", "中轴滚珠轴承"},
	{"Bearing Ball", "轴承滚珠"},
	{"Adjustable Race", "可调轴承座圈"},
	{"Crown Race", "叉冠座圈"},
	{"Lower Head Race", "下座圈"},
	{"Cup-Shaped Race", "碗形座圈"},
	{"Cone-Shaped Race", "锥形座圈"},
	{"Thin-Jam Hex Nut", "薄型六角螺母"},
	{"Thin-Jam Lock Nut", "薄型锁紧螺母"},
	{"Hex Nut", "六角螺母"},
	{"Lock Nut", "锁紧螺母"},
	{"External Lock Washer", "外齿锁紧垫圈"},
	{"Internal Lock Washer", "内齿锁紧垫圈"},
	{"Lock Washer", "锁紧垫圈"},
	{"Flat Washer", "平垫圈"},
	{"Keyed Washer", "带键垫圈"},
	{"Lock Ring", "锁环"},
	{"Chainring Bolts", "牙盘螺栓"},
	{"Chainring Nut", "牙盘螺母"},
	{"Chainring", "牙盘"},
	{"Crankarm", "曲柄"},
	{"Crankset", "曲柄组"},
	{"Pinch Bolt", "夹紧螺栓"},
	{"Decal", "贴花"},
	{"Freewheel", "飞轮"},
	{"Front Derailleur Cage", "前拨链器导板"},
	{"Rear Derailleur Cage", "后拨链器导板"},
	{"Front Derailleur Linkage", "前拨链器连杆"},
	{"Front Derailleur", "前拨链器"},
	{"Rear Derailleur", "后拨链器"},
	{"Guide Pulley", "导轮"},
	{"Tension Pulley", "张紧轮"},
	{"Grip Tape", "把带"},
	{"Metal Angle", "金属角材"},
	{"Metal Bar", "金属棒"},
	{"Metal Plate", "金属板"},
	{"Metal Sheet", "金属薄板"},
	{"Metal Tread Plate", "花纹钢板"},
	{"Paint - Black", "黑色油漆"},
	{"Paint - Red", "红色油漆"},
	{"Paint - Silver", "银色油漆"},
	{"Paint - Blue", "蓝色油漆"},
	{"Paint - Yellow", "黄色油漆"},
	{"Nipple", "辐条帽"},
	{"Reflector", "反光片"},
	{"Mountain Rim", "山地车圈"},
	{"Road Rim", "公路车圈"},
	{"Touring Rim", "旅行车圈"},
	{"Spindle/Axle", "中轴"},
	{"Shell", "五通壳"},
	{"Spokes", "辐条"},
	{"Seat Lug", "座管接头"},
	{"Seat Post", "座杆"},
	{"Seat/Saddle", "车座"},
	{"Sport-100 Helmet", "头盔 Sport-100"},
	{"Mountain Bike Socks", "山地骑行袜"},
	{"Racing Socks", "竞赛骑行袜"},
	{"AWC Logo Cap", "AWC 标志帽"},
	{"Long-Sleeve Logo Jersey", "长袖标志骑行服"},
	{"Short-Sleeve Classic Jersey", "短袖经典骑行服"},
	{"Men's Sports Shorts", "男式运动短裤"},
	{"Women's Mountain Shorts", "女式山地短裤"},
	{"Women's Tights", "女式紧身裤"},
	{"Men's Bib-Shorts", "男式背带短裤"},
	{"Half-Finger Gloves", "半指手套"},
	{"Full-Finger Gloves", "全指手套"},
	{"Classic Vest", "经典背心"},
	{"Touring-Panniers", "旅行驮包"},
	{"Cable Lock", "钢缆锁"},
	{"Minipump", "迷你气筒"},
	{"Mountain Pump", "山地气筒"},
	{"Taillights - Battery-Powered", "电池尾灯"},
	{"Headlights - Dual-Beam", "双光束前灯"},
	{"Headlights - Weatherproof", "防水前灯"},
	{"Water Bottle", "水壶"},
	{"Mountain Bottle Cage", "山地水壶架"},
	{"Road Bottle Cage", "公路水壶架"},
	{"Patch Kit/8 Patches", "补胎工具（8 片）"},
	{"Hitch Rack - 4-Bike", "拖挂式四车架"},
	{"Bike Wash - Dissolver", "自行车清洗剂"},
	{"Fender Set - Mountain", "山地挡泥板套装"},
	{"All-Purpose Bike Stand", "多用途停车架"},
	{"Hydration Pack", "水袋包"},
	{"Rear Brakes", "后刹车"},
	{"Front Brakes", "前刹车"},
	{"Tire Tube", "内胎"},
	{"Tire", "外胎"},
	{"Pedal", "脚踏"},
	{"Chain", "链条"},
	{"Bottom Bracket", "中轴总成"},
	{"Headset", "车头碗组"},
	{"Handlebars", "车把"},
	{"Front Wheel", "前轮"},
	{"Rear Wheel", "后轮"},
	{"Fork", "前叉"},
	{"Frame", "车架"},
	{"Mountain-", "山地自行车 Mountain-"},
	{"Road-", "公路自行车 Road-"},
	{"Touring-", "旅行自行车 Touring-"},
	{"Mountain ", "山地 "},
	{"Road ", "公路 "},
	{"Touring ", "旅行 "},
	{"Black", "黑色"},
	{"Silver", "银色"},
	{"Red", "红色"},
	{"Blue", "蓝色"},
	{"Yellow", "黄色"},
	{"White", "白色"},
}

// worksZH replaces every phrase once found; what has none stays English.
func worksZH(name string) string {
	for _, p := range worksPhrases {
		name = strings.ReplaceAll(name, p[0], "\x00"+p[1]+"\x00")
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(name, "\x00", "")), " ")
}
