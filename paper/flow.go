package paper

// A piece is what is not broken: a line of text, a row of a table, a drawing.
type piece struct {
	above  float64 // millimetres left free above, but for the top of a page
	height float64
	// keep holds a piece on the page of the next one.
	keep bool
	// head is drawn again above a piece that begins a page.
	head *piece
	// newPage begins a page.
	newPage bool
	// draw puts the piece on the page, its upper edge at y.
	draw func(p *pen, y float64)
}

// placed is a piece on its page.
type placed struct {
	*piece
	y float64
}

// paginate deals the pieces out to pages, which have room down to end: the first from
// firstTop, the others from top. Pieces that hold
// together go to the next page together if one page holds them; what is higher
// than a page is broken between pieces.
//
// The cost is proportional to the number of pieces.
func paginate(pieces []piece, firstTop, top, end float64) [][]placed {
	pages := [][]placed{nil}
	y := firstTop
	turn := func() {
		pages = append(pages, nil)
		y = top
	}
	put := func(p *piece) {
		page := &pages[len(pages)-1]
		if len(*page) > 0 {
			y += p.above
		} else if p.head != nil {
			*page = append(*page, placed{p.head, y})
			y += p.head.height
		}
		*page = append(*page, placed{p, y})
		y += p.height
	}
	const slack = 1e-6
	for i := 0; i < len(pieces); {
		if pieces[i].newPage && len(pages[len(pages)-1]) > 0 {
			turn()
		}
		after := i + 1
		held := pieces[i].height // on a page of its own
		for after < len(pieces) && pieces[after-1].keep && !pieces[after].newPage {
			held += pieces[after].above + pieces[after].height
			after++
		}
		alone := held
		if pieces[i].head != nil {
			alone += pieces[i].head.height
		}
		fresh := len(pages[len(pages)-1]) == 0
		switch {
		case !fresh && y+pieces[i].above+held <= end+slack, fresh && y+alone <= end+slack:
		case !fresh && top+alone <= end+slack:
			turn()
		default: // higher than a page: piece by piece
			for ; i < after; i++ {
				p := &pieces[i]
				if len(pages[len(pages)-1]) > 0 && y+p.above+p.height > end+slack {
					turn()
				}
				put(p)
			}
			continue
		}
		for ; i < after; i++ {
			put(&pieces[i])
		}
	}
	return pages
}
