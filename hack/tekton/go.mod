module github.com/rollcall-dev/rollcall/hack/tekton

go 1.26.4

require github.com/tektoncd/pipeline v1.15.0

require k8s.io/apimachinery v0.36.3 // indirect
