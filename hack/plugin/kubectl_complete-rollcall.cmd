@rem SPDX-License-Identifier: Apache-2.0

@echo off
rem kubectl calls this to complete "kubectl rollcall ...". It has to be on the PATH, beside kubectl-rollcall.exe.
kubectl rollcall __complete %*
