import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** `service.instance.id` of the process. */
  readonly instance: string;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface TracesMessage {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<ReceivedSpan, "instance">[] }[];
  }[];
}

/** OTLP over HTTP, with JSON bodies. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
      if (request.url === "/v1/traces") this.#receive(JSON.parse(body));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }

  static async listen(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`;
  }

  /** Spans of a trace that descend from `root`. */
  under(traceId: string, root: string): ReceivedSpan[] {
    const ofTrace = this.spans.filter((span) => span.traceId === traceId);
    const known = new Set([root]);
    for (let before = -1; before !== known.size; ) {
      before = known.size;
      for (const { spanId, parentSpanId } of ofTrace)
        if (parentSpanId !== undefined && known.has(parentSpanId)) known.add(spanId);
    }
    return ofTrace.filter(({ spanId }) => known.has(spanId));
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #receive({ resourceSpans }: TracesMessage): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const instance = resource.attributes.find(({ key }) => key === "service.instance.id");
      for (const span of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({ ...span, instance: instance?.value.stringValue ?? "" });
    }
  }
}
