package order

import (
	"fmt"
	"html/template"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/network"
)

// mixPage is what the report shows of a mix.
type mixPage struct {
	ID, Headline, Basis, Meaning         string
	Remarks                              []string
	Values, Routes, Places, Radii, Areas sheet
	Ends                                 []sheet // radii and areas, those that have rows
	Map                                  template.HTML
	MapNote                              string
	Legend                               []legendItem
	Plot                                 template.HTML
	PlotTitle                            string
}

// newMix returns what the report shows of the mix of leg i, nil if it has none.
func newMix(p *outrider.Plan, ground *network.Map, i int, c clock, budget int) *mixPage {
	m := mixOf(p, &p.Legs[i], c)
	if m == nil {
		return nil
	}
	id := fmt.Sprintf("leg%d-mix", i+1)
	out := &mixPage{
		ID: id, Headline: m.headline(), Basis: plain.Text(m.basis()), Meaning: mixMeaning,
		Remarks: m.remarks(), Values: m.values(), Routes: m.routes(), Places: m.places(placesDrawn, "; the plan document has them all"), Radii: m.radii(), Areas: m.areas(),
		Plot: template.HTML(frontierSVG(m.RouteMix, id+"-plot", m.calibrated, false)), PlotTitle: frontierTitle,
	}
	for _, note := range m.Notes {
		out.Remarks = append(out.Remarks, plain.Text(note))
	}
	for _, s := range []sheet{out.Radii, out.Areas} {
		if len(s.Rows) > 0 {
			out.Ends = append(out.Ends, s)
		}
	}
	if len(m.Routes) > 0 {
		d := mixMap(p, ground, i, 2*budget)
		out.Map = template.HTML(d.svg())
		out.Legend = mixLegend(m.RouteMix, &p.Legs[i])
		if d.hidden > 0 {
			out.MapNote = fmt.Sprintf("%s of the table below left off the map, where others stand already.", plain.Count(d.hidden, "place"))
		}
	}
	return out
}

// mixLegend returns the legend of the map of a mix.
func mixLegend(m *outrider.RouteMix, leg *outrider.LegPlan) []legendItem {
	sample := func(drawing string) template.HTML {
		return template.HTML(`<svg class="sample" viewBox="0 0 300 120" aria-hidden="true" focusable="false">` + drawing + `</svg>`)
	}
	ribbon := func(p float64) legendItem {
		w := ribbonWidth(p)
		return legendItem{sample(fmt.Sprintf(`<path class="ribbon" stroke-width="%.0f" stroke-linecap="butt" d="M10 60H290"/>`, w)), odds(p) + " of draws pass"}
	}
	items := []legendItem{ribbon(1), ribbon(0.5), ribbon(0.1)}
	if usualRoute(leg) >= 0 {
		items = append(items, legendItem{sample(`<path class="usual" d="M10 60H290"/>`), "usual route, the fastest"})
	}
	items = append(items, legendItem{sample(`<g class="letter"><rect x="108" y="18" width="84" height="84" rx="14"/><text x="150" y="82">A</text></g>`), "route of the table, where fewest others go"})
	if len(m.Places) > 0 {
		items = append(
			items,
			legendItem{sample(`<g class="place binds"><path d="M150 8l52 52-52 52-52-52z"/><text x="150" y="76">1</text></g>`), "place of the table that binds"},
			legendItem{sample(`<g class="place"><path d="M150 8l52 52-52 52-52-52z"/><text x="150" y="76">2</text></g>`), "place of the table that does not"},
		)
	}
	if len(m.Areas) > 0 {
		items = append(items, legendItem{sample(`<rect class="held" x="60" y="18" width="180" height="84"/>`), "ground that is held"})
	}
	return items
}
