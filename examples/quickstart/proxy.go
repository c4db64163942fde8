package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/route"
)

// lostHeader says why the proxy had to answer a request itself.
const lostHeader = "Quickstart-Lost"

// proxy is a real reverse proxy in front of the fleet: it sends each request to the
// version that package route tells, and to the ready instances of a version in turn.
// It never sends a request twice (nor does net/http, of an order with a body), so
// that what a rollout loses is seen. A copy that mirrors one is no such request.
type proxy struct {
	url    string
	server *http.Server
	copies copies

	mu    sync.Mutex
	lanes []*lane // by version
	split *split
	asked uint64 // requests so far: the draw of each is its number
}

// lane is where the requests of one version go.
type lane struct {
	version string
	turn    int
	ends    []*backend
}

// backend is an instance in the rotation.
type backend struct {
	in          *instance
	connections *http.Transport // of its own, to be closed with it
	forward     *httputil.ReverseProxy
	inflight    int
	leaving     bool
	idle        chan struct{} // closed when it is leaving and nothing is in flight
}

func startProxy() (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the proxy: %w", err)
	}
	p := &proxy{url: "http://" + listener.Addr().String(), split: &split{table: &route.Table{}, mirrors: &spread{}}}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *proxy) stop(ctx context.Context) error {
	err := p.server.Shutdown(ctx)
	p.copies.wait()
	return err
}

// ServeHTTP forwards a request to the instance whose turn it is.
func (p *proxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	req.Header.Del(mirroredHeader) // only the proxy says so
	b, mirror, err := p.take(req)
	if err != nil {
		lose(w, http.StatusServiceUnavailable, err)
		return
	}
	defer p.give(b)
	if mirror != nil {
		if err := p.copy(mirror, req); err != nil {
			lose(w, http.StatusBadRequest, err)
			return
		}
	}
	b.forward.ServeHTTP(w, req)
}

func lose(w http.ResponseWriter, code int, err error) {
	w.Header().Set(lostHeader, err.Error())
	http.Error(w, "lost: "+err.Error(), code)
}

// take chooses the instance that serves a request, and the one that gets a copy of
// it, if it is to be copied and one is ready. It decides and takes in one moment: a
// version that has just lost its traffic may be stopped, and must not be chosen.
func (p *proxy) take(req *http.Request) (serves, mirror *backend, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	version, mirrored := p.split.route(req, p.asked)
	if version == "" {
		return nil, nil, errors.New("no version has any weight")
	}
	if serves = p.lane(version).next(); serves == nil {
		return nil, nil, fmt.Errorf("%s has traffic and no ready instance", version)
	}
	if mirrored {
		mirror = p.lane(p.split.want.Candidate.Version).next()
	}
	return serves, mirror, nil
}

// next is the instance whose turn it is, with one more request in flight.
func (l *lane) next() *backend {
	if len(l.ends) == 0 {
		return nil
	}
	l.turn++
	b := l.ends[l.turn%len(l.ends)]
	b.inflight++
	return b
}

func (p *proxy) give(b *backend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b.inflight--
	b.rest()
}

// rest closes idle once the backend is leaving and has nothing to do. Its server
// would wait seconds for a connection that was opened and never used.
func (b *backend) rest() {
	if b.leaving && b.inflight == 0 {
		b.connections.CloseIdleConnections()
		close(b.idle)
	}
}

// lane is that of a version, which is made if there is none.
func (p *proxy) lane(version string) *lane {
	i, found := slices.BinarySearchFunc(p.lanes, version, func(l *lane, v string) int { return cmp.Compare(l.version, v) })
	if !found {
		p.lanes = slices.Insert(p.lanes, i, &lane{version: version})
	}
	return p.lanes[i]
}

// apply spreads the requests as a want says. All changes in one moment, and no
// request sees a mixture.
func (p *proxy) apply(w rollout.Want) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, err := newSplit(w, p.split)
	if err != nil {
		return err
	}
	p.split = next
	return nil
}

// inEffect is what the proxy does with requests: the weights by version, whether
// some are sent by their attributes, and the share of stable's that is mirrored.
func (p *proxy) inEffect() (weights map[string]strategy.Weight, routed bool, mirror strategy.Weight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	weights = map[string]strategy.Weight{}
	for _, t := range p.split.all {
		weights[t.version] = t.weight
	}
	return weights, p.split.want.Allocation.Routed, p.split.want.Allocation.Mirror
}

// add takes a ready instance into the rotation of its version.
func (p *proxy) add(in *instance) error {
	to, err := url.Parse(in.url)
	if err != nil {
		return fmt.Errorf("add %s to the rotation: %w", in.name, err)
	}
	b := &backend{in: in, idle: make(chan struct{}), connections: &http.Transport{MaxIdleConnsPerHost: 256}}
	b.forward = &httputil.ReverseProxy{
		Transport:    b.connections,
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { lose(w, http.StatusBadGateway, err) },
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lane(in.release.version)
	l.ends = append(l.ends, b)
	return nil
}

// remove takes an instance out of the rotation. From then on it is given no
// request; the channel is closed when those that it has are answered.
func (p *proxy) remove(in *instance) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lane(in.release.version)
	i := slices.IndexFunc(l.ends, func(b *backend) bool { return b.in == in })
	if i < 0 { // it never was ready
		idle := make(chan struct{})
		close(idle)
		return idle
	}
	b := l.ends[i]
	l.ends = slices.Delete(l.ends, i, i+1)
	b.leaving = true
	b.rest()
	return b.idle
}
