# A small image with one static binary that runs as nobody in particular.
#   docker build --build-arg VERSION=1.0.0 -t parvis .
#   docker run -p 8080:8080 -v parvis:/data -e PARVIS_HOST=parvis.malakoff.example parvis
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/parvis ./cmd/parvis
# What the process may write: its data, and uploads while they arrive. A volume
# takes the owner of the directory that it covers.
RUN mkdir -p /out/writable/data /out/writable/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/go/lib/time/
COPY --from=build /out/parvis /parvis
COPY --from=build --chown=65532:65532 /out/writable/ /
COPY LICENSE /LICENSE
USER 65532:65532
# Inside a container the loopback address would be out of the proxy's reach.
ENV ZONEINFO=/usr/local/go/lib/time/zoneinfo.zip \
    PARVIS_DATA=/data \
    PARVIS_LISTEN=:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/parvis", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/parvis"]
CMD ["serve"]
