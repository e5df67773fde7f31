package main

import (
	_ "embed"
	"encoding/csv"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/kontorhq/kontor/plugins/sdk"
)

//go:embed cities.csv
var citiesCSV string

type position struct{ lat, lon float64 }

// atlas finds cities by UN/LOCODE, or by country and any of their names.
type atlas map[string]position

func readAtlas(text string) (atlas, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	a, sums := atlas{}, map[string][]position{}
	for _, r := range rows[min(1, len(rows)):] {
		lat, err := strconv.ParseFloat(r[4], 64)
		if err != nil {
			return nil, err
		}
		lon, err := strconv.ParseFloat(r[5], 64)
		if err != nil {
			return nil, err
		}
		p := position{lat, lon}
		for _, name := range []string{r[2], r[3]} {
			if name != "" {
				a[r[0]+" "+fold(name)] = p
			}
		}
		if r[1] != "" {
			a[r[1]] = p
		}
		sums[r[0]] = append(sums[r[0]], p)
	}
	for country, ps := range sums {
		a[country+" "] = middle(ps)
	}
	return a, nil
}

// middle is where a country's cities are on average: good enough for one that is too
// small for the atlas, and offers made from it say that the distance is estimated.
func middle(ps []position) position {
	var m position
	for _, p := range ps {
		m.lat += p.lat / float64(len(ps))
		m.lon += p.lon / float64(len(ps))
	}
	return m
}

// find looks a place up; exact is false for the middle of its country. Chinese addresses
// often write 上海市 for 上海.
func (a atlas) find(p sdk.Place) (pos position, exact, ok bool) {
	if pos, ok := a[strings.ToUpper(strings.ReplaceAll(p.Locode, " ", ""))]; ok && p.Locode != "" {
		return pos, true, true
	}
	country, city := strings.ToUpper(p.Country), fold(p.City)
	for _, name := range []string{city, strings.TrimSuffix(city, "市")} {
		if pos, ok := a[country+" "+name]; ok && name != "" {
			return pos, true, true
		}
	}
	pos, ok = a[country+" "]
	return pos, false, ok
}

// fold makes "Köln" and "KOLN" the same word.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(strings.TrimSpace(s))) {
		if r < 0x300 || r > 0x36f { // combining marks
			b.WriteRune(r)
		}
	}
	return b.String()
}

const earthKM = 6371.0088 // mean radius, IUGG

// kilometres is the great circle between two places, whole kilometres. Floats are fine
// for where things are; they end here, before money begins.
func kilometres(a, b position) int64 {
	const rad = math.Pi / 180
	dLat, dLon := (b.lat-a.lat)*rad, (b.lon-a.lon)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.lat*rad)*math.Cos(b.lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return int64(math.Round(2 * earthKM * math.Asin(math.Min(1, math.Sqrt(h)))))
}
