// SPDX-License-Identifier: Apache-2.0

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

// Sites keeps the sites compiled between passes. The zero value is ready for use.
type Sites struct {
	mu       sync.Mutex
	compiled map[siteVersion]*record.Site
}

type siteVersion struct {
	uid        types.UID
	generation int64
}

// List returns all sites, by name.
func (c *Sites) List(ctx context.Context, reader client.Reader) (map[string]*record.Site, error) {
	var list v1alpha1.JiraSiteList
	if err := reader.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list JiraSites: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	compiled, byName := map[siteVersion]*record.Site{}, map[string]*record.Site{}
	for i := range list.Items {
		site := &list.Items[i]
		version := siteVersion{site.UID, site.Generation}
		found := c.compiled[version]
		if found == nil {
			found, _ = record.Compile(site) // the site controller reports the error
		}
		compiled[version], byName[site.Name] = found, found
	}
	c.compiled = compiled
	return byName, nil
}
