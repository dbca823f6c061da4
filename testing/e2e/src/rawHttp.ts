import { request } from "node:http";
import { connect } from "node:net";

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

const WAIT_MS_MAX = 120_000;
const CUT_CODES = new Set(["EPIPE", "ECONNRESET"]);

export const CUT: RawAnswer = { status: 0, text: "" };

export function upload(url: string, source: Iterable<Buffer>, announcedLength?: number): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      ...(announcedLength === undefined ? {} : { "content-length": announcedLength }),
    };
    let isAnswered = false;
    const sent = request(url, { method: "POST", headers, timeout: WAIT_MS_MAX }, async (response) => {
      isAnswered = true;
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode!, text });
      sent.destroy();
    });
    // The server may answer and disconnect before the upload ends.
    sent.on("error", (error) => {
      if (isAnswered) return;
      if ("code" in error && CUT_CODES.has(String(error.code))) resolve(CUT);
      else reject(error);
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    void (async () => {
      for (const chunk of source) {
        if (isAnswered || sent.destroyed) return;
        if (!sent.write(chunk))
          await new Promise((proceed) => sent.once("drain", proceed).once("close", proceed));
      }
      sent.end();
    })();
  });
}

export function exchangeBytes(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = "";
    socket.setEncoding("utf8").setTimeout(WAIT_MS_MAX, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("close", () => resolve(text));
    socket.on("error", (error) => (text === "" ? reject(error) : resolve(text)));
  });
}
