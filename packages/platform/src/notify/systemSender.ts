import { lookup } from "node:dns";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { notifyErrors } from "./errors.ts";
import { isPublicAddress, requirePublicUrl } from "./publicAddress.ts";
import type { Sender } from "./Webhook.ts";

/** Connecting to the checked address prevents DNS rebinding. */
const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, "");
    const allowed = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = allowed;
    if (first === undefined)
      return done(notifyErrors.WEBHOOK_URL_REFUSED({ reason: "resolves to no public address" }), "");
    if (options.all === true) return done(null, allowed);
    return done(null, first.address, first.family);
  });
};

export function systemSender({ allowPrivate }: { readonly allowPrivate: boolean }): Sender {
  return {
    post(url, headers, body, timeoutMs) {
      const target = allowPrivate ? new URL(url) : requirePublicUrl(url);
      const options: RequestOptions = {
        method: "POST",
        headers: { ...headers, "content-length": body.length },
        signal: AbortSignal.timeout(timeoutMs),
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      };
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const request = target.protocol === "https:" ? httpsRequest : httpRequest;
      const outgoing = request(target, options, (answer) => {
        answer.destroy();
        resolve(answer.statusCode ?? 0);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
      return promise;
    },
  };
}
