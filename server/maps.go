package server

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/outrider-project/outrider/desk"
)

// tags of answers that a browser may keep, since their address names their
// content.
const forever = "private, max-age=31536000, immutable"

// file is an answer that is no JSON.
type file struct {
	ContentType  string `header:"Content-Type"`
	Encoding     string `header:"Content-Encoding"`
	CacheControl string `header:"Cache-Control"`
	Disposition  string `header:"Content-Disposition"`
	Policy       string `header:"Content-Security-Policy"`
	Frame        string `header:"X-Frame-Options"`
	Status       int
	Body         []byte
}

// raw is an answer whose JSON was written elsewhere.
type raw struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         json.RawMessage
}

type tileRequest struct {
	ID string `path:"id" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the map file."`
	Z  int    `path:"z" minimum:"0" maximum:"22"`
	X  int    `path:"x" minimum:"0" maximum:"4194303"`
	Y  int    `path:"y" minimum:"0" maximum:"4194303"`
}

type searchRequest struct {
	ID string `path:"id" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the map file."`
	Q  string `query:"q" required:"true" minLength:"1" maxLength:"100" doc:"A name, or a position in any form."`
}

type started struct {
	Job string `json:"job" doc:"Id of the job; watch it at /api/jobs/{id} or in /api/events."`
}

func (s *Server) mapOperations() {
	register(s, operation{id: "list-maps", method: http.MethodGet, path: "/api/maps", summary: "Maps of this installation"}, s.listMaps)
	register(s, operation{id: "get-tile", method: http.MethodGet, path: "/api/maps/{id}/tiles/{z}/{x}/{y}", summary: "A vector tile"}, s.getTile)
	register(s, operation{id: "search-map", method: http.MethodGet, path: "/api/maps/{id}/search", summary: "Places by name or position"}, s.searchMap)
	s.addMapOperation()
}

func (s *Server) listMaps(ctx context.Context, c *caller, in *Page) (*answer[list[desk.MapInfo]], error) {
	maps, err := s.work.Maps(ctx, c.at)
	if err != nil {
		return nil, err
	}
	return gather(*in, func(m desk.MapInfo) string { return m.ID },
		func(after string, limit int) ([]desk.MapInfo, error) {
			return pageOf(maps, after, limit, func(m desk.MapInfo) string { return m.ID }), nil
		},
		func(m desk.MapInfo) (desk.MapInfo, bool, error) { return m, true, nil })
}

// pageOf cuts a part out of a list that is in memory, in its own order.
func pageOf[T any](all []T, after string, limit int, id func(T) string) []T {
	if after != "" {
		for i := range all {
			if id(all[i]) == after {
				all = all[i+1:]
				break
			}
		}
	}
	return all[:min(len(all), limit)]
}

func (s *Server) getTile(ctx context.Context, _ *caller, in *tileRequest) (*file, error) {
	tile, err := s.work.Tile(ctx, in.ID, in.Z, in.X, in.Y)
	if err != nil {
		return nil, err
	}
	out := &file{ContentType: "application/vnd.mapbox-vector-tile", CacheControl: forever, Body: tile, Status: http.StatusOK}
	if len(tile) == 0 {
		out.Status = http.StatusNoContent
		return out, nil
	}
	out.Encoding = "gzip"
	return out, nil
}

func (s *Server) searchMap(ctx context.Context, _ *caller, in *searchRequest) (*body[[]desk.Found], error) {
	found, err := s.work.Search(ctx, in.ID, in.Q)
	if found == nil {
		found = []desk.Found{}
	}
	return &body[[]desk.Found]{found}, err
}

type extractQuery struct {
	Sample bool `query:"sample" doc:"Take the sample extract that lies beside the maps; the body is empty."`
	from   io.Reader
}

// Resolve keeps the body as a stream: extracts are larger than memory.
func (e *extractQuery) Resolve(ctx huma.Context) []error {
	e.from = ctx.BodyReader()
	return nil
}

func (s *Server) addMapOperation() {
	register(s, operation{
		id: "add-map", method: http.MethodPost, path: "/api/maps", summary: "Make a map of an OpenStreetMap extract (.osm.pbf)",
		most: mostExtract, stream: true, status: http.StatusAccepted,
	}, s.addMap)
	s.api.OpenAPI().Paths["/api/maps"].Post.RequestBody = &huma.RequestBody{
		Description: "The extract; nothing with ?sample=true.",
		Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
	}
}

func (s *Server) addMap(ctx context.Context, c *caller, in *extractQuery) (*answer[started], error) {
	from := in.from
	if in.Sample {
		from = nil
	}
	name, err := s.work.Receive(ctx, from)
	if err != nil {
		return nil, err
	}
	return s.start(ctx, c, Job{Kind: kindMap, Owner: c.account.ID}, mapInput{Extract: name}, c.on)
}
