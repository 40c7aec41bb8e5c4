package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Sizes in the chart, in pixels.
const (
	chartWidth = 860
	labelWidth = 270
	valueWidth = 70
	barHeight  = 14
	barStep    = 18
	headStep   = 30
)

// style takes the colours of light and dark pages.
const style = `<style>text{font:12px sans-serif;fill:#24292f}.head{font-weight:bold}.bar{fill:#8c959f}.ours{fill:#0969da}.spread{stroke:#24292f}` +
	`.grid{stroke:#d0d7de}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.spread{stroke:#e6edf3}.grid{stroke:#30363d}}</style>`

// chart draws the wall times of the largest size that most peers have, on a logarithmic axis: one bar for each peer and
// step, with a line from the least to the most.
func (r results) chart() string {
	size := r.chartSize()
	least, most := r.decades(size)
	x := func(seconds float64) float64 {
		share := math.Log10(seconds/least) / math.Log10(most/least)
		return labelWidth + max(share, 0)*(chartWidth-labelWidth-valueWidth)
	}
	var body strings.Builder
	y := headStep
	for _, s := range steps {
		lines := r.lines(size, s)
		if len(lines) == 0 {
			continue
		}
		_, _ = fmt.Fprintf(&body, `<text class="head" x="0" y="%d">%s</text>`+"\n", y+barHeight-3, html.EscapeString(string(s)))
		y += barStep
		for _, l := range lines {
			drawBar(&body, l, y, x)
			y += barStep
		}
		y += headStep - barStep
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img">%s`+"\n"+`<title>%d containers, seconds</title>`+"\n%s%s</svg>\n",
		chartWidth, y, style, size, grid(size, least, most, y, x), body.String())
}

func drawBar(b *strings.Builder, l line, y int, x func(float64) float64) {
	wall := spreadOf(l.Wall)
	class := "bar"
	if strings.HasPrefix(l.Peer, "paunch,") || l.Peer == oursAnsible {
		class = "bar ours"
	}
	end := x(wall.Median)
	_, _ = fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-6, y+barHeight-3, html.EscapeString(l.Peer))
	_, _ = fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>`, class, labelWidth, y, max(end-labelWidth, 1), barHeight)
	_, _ = fmt.Fprintf(b, `<path class="spread" d="M%.1f %dH%.1f"/>`, x(wall.Least), y+barHeight/2, x(wall.Most))
	_, _ = fmt.Fprintf(b, `<text x="%.1f" y="%d">%s s</text>`+"\n", max(x(wall.Most), end)+5, y+barHeight-3, significant(wall.Median))
}

// grid draws a line for each power of ten.
func grid(size int, least, most float64, height int, x func(float64) float64) string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, `<text x="0" y="12">%d containers, seconds</text>`, size)
	for at := least; at <= most*1.01; at *= 10 {
		_, _ = fmt.Fprintf(&b, `<path class="grid" d="M%.1f 16V%d"/><text x="%.1f" y="12" text-anchor="middle">%g</text>`+"\n", x(at), height, x(at), at)
	}
	return b.String()
}

// chartSize is the number of containers that has the most lines; of two, the larger.
func (r results) chartSize() int {
	count, best := map[int]int{}, 0
	for _, l := range r.Lines {
		if len(l.Wall) > 0 {
			count[l.Containers]++
		}
	}
	for _, size := range r.sizes() {
		if count[size] >= count[best] {
			best = size
		}
	}
	return best
}
