#!/bin/sh
# Start what a Compose project needs after boot and its restart policy does not start: start.sh PROJECT SERVICE...
#
# Containers with `always` and `unless-stopped` are left to dockerd. It starts them, and knows which of the latter
# somebody stopped. One-shot services, whose end others wait for, ran when the release was deployed, and do not run again.
set -u

compose=com.docker.compose
wait_seconds=120
project=$1
shift
failed=0

containers() { # of a service
    docker ps --all --quiet --no-trunc --filter "label=$compose.project=$project" \
        --filter "label=$compose.service=$1" --filter "label=$compose.oneoff=False"
}

fact() { # of a container, by a template
    docker inspect --format "$2" "$1"
}

is_awaited() { # whether some service of the project waits for the end of this one
    docker ps --all --filter "label=$compose.project=$project" --format "{{.Label \"$compose.depends_on\"}}" |
        tr , '\n' | grep -q "^$1:service_completed_successfully"
}

is_ours() { # whether dockerd leaves a container to us, and it does not run
    case $(fact "$1" '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}') in
    "exited no" | "exited " | "exited on-failure" | "created no" | "created " | "created on-failure") return 0 ;;
    *) return 1 ;;
    esac
}

wait_for() { # until the containers of a service are healthy
    until [ "$wait_seconds" -le 0 ]; do
        for container in $(containers "$1"); do
            fact "$container" '{{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}'
        done | grep -qv '^healthy$' || return 0
        sleep 1
        wait_seconds=$((wait_seconds - 1))
    done
    echo "$1 does not get healthy" >&2
}

start() { # a container, after what it depends on
    for dependency in $(fact "$1" "{{index .Config.Labels \"$compose.depends_on\"}}" | tr , ' '); do
        case $dependency in
        *:service_healthy*) wait_for "${dependency%%:*}" ;;
        esac
    done
    docker start "$1" >/dev/null || failed=1
}

for service in "$@"; do
    is_awaited "$service" && continue
    for container in $(containers "$service"); do
        is_ours "$container" && start "$container"
    done
done
exit "$failed"
