# The whole environment, locked; built with: docker build -t evidence-synthesis:0.8.1 .
# Run a review that stands in the current folder:
#   docker run --rm --network none --user "$(id -u):$(id -g)" -v "$PWD:/review" evidence-synthesis:0.8.1 run
FROM python:3.11-slim-bookworm
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp XDG_CACHE_HOME=/tmp/cache MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /engine
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation .
WORKDIR /review
ENTRYPOINT ["evidence-synthesis"]
CMD ["--help"]
