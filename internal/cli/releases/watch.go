// SPDX-License-Identifier: Apache-2.0

package releases

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// follow prints a line for each entry that is another one than what was printed of it, until the context ends.
func (o *options) follow(ctx context.Context, c client.WithWatch, namespace string, printed []Entry) error {
	last := map[string]string{}
	for i := range printed {
		last[keyOf(&printed[i])] = signOf(&printed[i])
	}
	changed := make(chan v1alpha1.Record)
	for _, k := range o.view.kinds() {
		events := watchKind(ctx, c, k, namespace)
		go func() {
			for event := range events {
				r, isRecord := event.Object.(v1alpha1.Record)
				if !isRecord || event.Type == watch.Deleted {
					continue
				}
				select {
				case changed <- r:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-changed:
			e := entryOf(r)
			sign := signOf(&e)
			if !o.filter.matches(e) || last[keyOf(&e)] == sign {
				continue
			}
			last[keyOf(&e)] = sign
			if err := o.table([]Entry{e}, false).Write(o.env.Out); err != nil {
				return err
			}
		}
	}
}

func keyOf(e *Entry) string { return e.Kind + " " + e.Namespace + "/" + e.Name }

// signOf is what a line says, but for the time that has passed.
func signOf(e *Entry) string {
	return fmt.Sprint(e.State, e.Since, e.Environment, e.answer(), e.Issues)
}

// watchKind watches the records of a kind until the context ends. A watch that breaks is taken up again.
func watchKind(ctx context.Context, c client.WithWatch, k kind, namespace string) <-chan watch.Event {
	of := func(o metav1.ListOptions) *client.ListOptions {
		return &client.ListOptions{Namespace: namespace, Raw: &o}
	}
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			into := k.newList()
			return into, c.List(ctx, into, of(o))
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return c.Watch(ctx, k.newList(), of(o))
		},
	}
	_, _, w, _ := watchtools.NewIndexerInformerWatcher(lw, k.new())
	context.AfterFunc(ctx, w.Stop)
	return w.ResultChan()
}
