package workload

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// compiledSites keeps the sites compiled between passes. The zero value is ready for use.
type compiledSites struct {
	mu     sync.Mutex
	byName map[string]compiledSite
}

type compiledSite struct {
	uid        types.UID
	generation int64
	site       *record.Site
}

// list returns all sites, by name.
func (c *compiledSites) list(ctx context.Context, reader client.Reader) (map[string]*record.Site, error) {
	var list v1alpha1.JiraSiteList
	if err := reader.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list JiraSites: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := make(map[string]compiledSite, len(list.Items))
	sites := make(map[string]*record.Site, len(list.Items))
	for i := range list.Items {
		site := &list.Items[i]
		compiled, ok := c.byName[site.Name]
		if !ok || compiled.uid != site.UID || compiled.generation != site.Generation {
			compiled = compiledSite{uid: site.UID, generation: site.Generation}
			compiled.site, _ = record.Compile(site) // the site controller reports the error
		}
		kept[site.Name], sites[site.Name] = compiled, compiled.site
	}
	c.byName = kept
	return sites, nil
}
