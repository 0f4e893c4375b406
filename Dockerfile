# SPDX-License-Identifier: Apache-2.0

# The manager's image: one static binary on nothing, as nobody special. The binary brings the roots of public
# certificate authorities along. `make image` builds it, and then this; `make image-tarball` needs no Docker.
FROM scratch

ARG TARGETARCH
ARG VERSION=dev
ARG COMMIT=unknown
ARG DATE=unknown

LABEL org.opencontainers.image.title="rollcall" \
      org.opencontainers.image.description="Puts every rollout on the Jira issues that it ships." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${DATE}" \
      org.opencontainers.image.source="https://github.com/rollcall-dev/rollcall" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY _output/image/linux_${TARGETARCH}/manager /manager
USER 65532:65532
ENTRYPOINT ["/manager"]
