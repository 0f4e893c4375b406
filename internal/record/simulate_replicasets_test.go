package record

import (
	"math"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// replicaSet is a ReplicaSet, its controller and its pods.
type replicaSet struct {
	name     string
	template corev1.PodTemplateSpec
	// ill tells what is wrong with its pods.
	ill func() illness

	// annotations are copied from the Deployment; revision, desired and most are those that the controller
	// keeps there: the number, and how many pods the Deployment wanted, and might have had, the last time.
	annotations   map[string]string
	revision      int64
	desired, most int32

	// replicas is the spec's; pods and ready are the status's.
	replicas    int32
	pods, ready int32
	// readyAt is when pods become ready, and leftAt when those that were deleted have stopped; zero: there are none.
	readyAt, leftAt time.Time
}

// release names what a ReplicaSet runs, whether restarted or not.
func (s *replicaSet) release() string {
	return s.template.Spec.Containers[0].Image + " " + s.template.Annotations[v1alpha1.AnnotationIssueKeys]
}

// due returns when something happens to the pods.
func (s *replicaSet) due(now time.Time) (time.Time, bool) {
	switch {
	case s.pods > s.replicas, s.pods < s.replicas && s.ill() != forbidden:
		return now.Add(syncTime), true
	case s.ready < s.pods && s.ill() == healthy:
		return s.readyAt, true
	case !s.leftAt.IsZero():
		return s.leftAt, true
	}
	return time.Time{}, false
}

func (s *replicaSet) act(now time.Time) {
	switch {
	case s.pods > s.replicas: // those that are not ready go first
		s.pods, s.ready, s.leftAt = s.replicas, min(s.ready, s.replicas), now.Add(stopTime)
	case s.pods < s.replicas && s.ill() != forbidden:
		s.pods, s.readyAt = s.replicas, now.Add(startTime)
	case s.ready < s.pods && s.ill() == healthy:
		s.ready = s.pods
	default:
		s.leftAt = time.Time{}
	}
}

// failing says whether the ReplicaSet cannot make its pods: its condition ReplicaFailure.
func (s *replicaSet) failing() bool {
	return s.pods < s.replicas && s.ill() == forbidden
}

// sum adds up what a number of ReplicaSets have.
func sum(sets []*replicaSet, of func(*replicaSet) int32) int32 {
	var n int32
	for _, set := range sets {
		n += of(set)
	}
	return n
}

func wanted(s *replicaSet) int32   { return s.replicas }
func existing(s *replicaSet) int32 { return s.pods }
func ready(s *replicaSet) int32    { return s.ready }

func active(sets []*replicaSet) []*replicaSet {
	return slices.DeleteFunc(slices.Clone(sets), func(s *replicaSet) bool { return s.replicas == 0 })
}

// proportion returns by how much a ReplicaSet is to grow when all together grow by toAdd, of which added is given
// away already; both may be negative.
func (s *replicaSet) proportion(replicas, surge, existing, toAdd, added int32) int32 {
	if s.replicas == 0 || toAdd == 0 || toAdd == added {
		return 0
	}
	fraction := -s.replicas
	if replicas > 0 {
		before := s.most
		if before == 0 {
			before = existing
		}
		if before == 0 {
			return 0
		}
		fraction = int32(math.Round(float64(s.replicas*(replicas+surge))/float64(before))) - s.replicas
	}
	if toAdd > 0 {
		return min(fraction, toAdd-added)
	}
	return max(fraction, toAdd-added)
}
