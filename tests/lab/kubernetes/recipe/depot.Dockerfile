# What nodes fetch from: the apt repository over HTTP, the registry over HTTP and TLS.
ARG BARE
FROM $BARE
COPY docker-registry serve.py /opt/depot/
COPY apt /srv/apt
COPY registry /var/lib/registry
ENTRYPOINT ["/usr/bin/python3", "-u", "/opt/depot/serve.py"]
