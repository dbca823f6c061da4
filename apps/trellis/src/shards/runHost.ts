import { flushCompileCache } from "node:module";
import { createLifecycle } from "@trellis/platform/lifecycle";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { packError } from "@trellis/rpc";
import { trellisErrors } from "../errors.ts";
import { askNow } from "./askNow.ts";
import type { HostCalls, HostOptions, HubCalls } from "./messages.ts";
import { type OpenedHost, openHost } from "./openHost.ts";
import { ReceivedAnchors } from "./ReceivedAnchors.ts";
import { type Served, ThreadPeer } from "./ThreadPeer.ts";
import { threadLog } from "./threadLog.ts";

/** @returns what receives the main thread's messages */
export function runHost(options: HostOptions, post: (message: unknown) => void): (message: unknown) => void {
  const log = threadLog((line) => hub.tell("log", line), options.isVerbose);
  const metrics = createPrometheusMetrics({ process: false });
  const lifecycle = createLifecycle({ log: log.child("process") });
  let host: OpenedHost | undefined;
  let anchors: ReceivedAnchors | undefined;
  const opened = (): OpenedHost => host!;
  const own: Served<HostCalls> = {
    async open(newest, voters) {
      const ask = askNow(options, (id, question) => hub.tell("ask", id, question));
      anchors = new ReceivedAnchors(newest, ask);
      anchors.take([], voters);
      host = await openHost(options, anchors, hub, { lifecycle, log, metrics });
      await host.chain.anchorsMoved();
      // Its modules were loaded after the thread was ready.
      setImmediate(flushCompileCache);
      return host.facts;
    },
    async anchors(moved, voters) {
      anchors?.take(moved, voters);
      await host?.chain.anchorsMoved();
    },
    // The hub passes these on as soon as the thread runs. Templates ask again for what is missing.
    expect: (source, record) => host?.outboxes.expect(source, record),
    rangeOf: (request) => host?.rangeOf(request),
    take: (request, range) => host?.outboxes.take(request, range) ?? true,
    engine: (message) => opened().engine.receive(message),
    template: (request) => opened().templates.create(request),
    seal: (id, branch, nonce) => opened().templates.seal(id, branch, nonce),
    metrics: () => metrics.render(),
    reload: (...changed) => opened().live.reload(...changed),
    stop: () => lifecycle.stop("the node stops"),
  };
  const failed = (service: string, error: unknown): void => hub.tell("failed", service, packError(error));
  const hub: ThreadPeer<HubCalls, HostCalls> = new ThreadPeer(post, own, (error) =>
    failed("messages", error),
  );
  void lifecycle.failed.then(({ service, error }) => failed(service, error));
  return (message) => {
    if (hub.expects(message)) hub.receive(message);
    else
      failed(
        "messages",
        trellisErrors.SHARD_HOST_FAILED({ shard: options.shard, reason: "message malformed" }),
      );
  };
}
