package paper

// sheet is the layout of one size of paper: lengths in millimetres, letters in
// points.
type sheet struct {
	width, height            float64
	left, right, top, bottom float64 // margins
	hang                     float64 // column for the numbers of headings

	title, body, table, small, marking float64
	headings                           [3]float64
	leading                            float64 // distance of baselines as a multiple of the size

	gap          float64 // between blocks
	padX, padY   float64 // within the cells of tables
	box          float64 // side of the boxes to tick
	writing      float64 // height of a line to write on
	rule, hair   float64 // widths of heavy and fine rules
	columnAtMost float64 // part of the width that labels and names may take
}

func sheetFor(size Size, dark bool) (sheet, bool) {
	large := sheet{
		width: 210, height: 297, left: 22, right: 18, top: 10, bottom: 10, hang: 13,
		title: 20, body: 9.5, table: 8.25, small: 7.5, marking: 9.5,
		headings: [3]float64{13.5, 11, 9.5}, leading: 1.38,
		gap: 3, padX: 1.4, padY: 0.95, box: 3.4, writing: 9, rule: 0.45, hair: 0.12, columnAtMost: 0.34,
	}
	card := sheet{
		width: 105, height: 148, left: 8, right: 7, top: 5, bottom: 5,
		title: 13, body: 8.5, table: 7.5, small: 6.5, marking: 8,
		headings: [3]float64{11, 9.5, 8.5}, leading: 1.32,
		gap: 2.2, padX: 1, padY: 0.7, box: 3.2, writing: 8, rule: 0.4, hair: 0.12, columnAtMost: 0.38,
	}
	switch size {
	case A4:
	case Letter:
		large.width, large.height = 215.9, 279.4
	case A6:
		if dark {
			card.title, card.body, card.table, card.small, card.marking = 16, 12.5, 11.5, 9, 10
			card.headings = [3]float64{14.5, 13, 12.5}
			card.left, card.right, card.top, card.bottom = 6, 6, 5, 5
			card.box, card.writing, card.hair, card.rule = 4.4, 10, 0.25, 0.6
		}
		return card, true
	default:
		return sheet{}, false
	}
	if dark {
		large.body, large.table, large.small, large.marking = 15, 13.5, 10, 12
		large.title, large.headings = 22, [3]float64{18, 16, 15}
		large.hang = 18
		large.box, large.writing, large.hair, large.rule = 5, 12, 0.25, 0.7
	}
	return large, true
}

// line is the distance of two baselines in millimetres for letters of size
// points.
func (s sheet) line(size float64) float64 { return size * pointMM * s.leading }

// measure is the width between the margins in millimetres.
func (s sheet) measure() float64 { return s.width - s.left - s.right }
