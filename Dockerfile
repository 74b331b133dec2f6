# griot and nothing else: the static binary on an empty system, as a user without a name.
#
#   docker build --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" -t griot .
#   docker run --rm -it -v griot:/data griot init
#   docker run -d --name griot -v griot:/data -p 127.0.0.1:8080:8080 --read-only --cap-drop ALL griot
#
# There is no HEALTHCHECK: nothing but griot is in there. Let whatever runs it ask for /health.

FROM rust:1.95-bookworm AS build
# No version of a package is named: Debian's stable keeps them, and the binary has nothing of theirs but musl.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates musl-tools \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add x86_64-unknown-linux-musl
WORKDIR /src
COPY . .
# The time of the commit, which is not in here.
ARG SOURCE_DATE_EPOCH=0
RUN SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" scripts/build-static && mkdir /data

FROM scratch
# What TLS believes: feeds, relays and webhooks are asked with it.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/target/static/griot /griot
COPY --from=build --chown=10001:10001 /data /data
USER 10001:10001
WORKDIR /data
ENV GRIOT_CONFIG=/data/griot.toml TMPDIR=/data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/griot"]
CMD ["daemon"]
