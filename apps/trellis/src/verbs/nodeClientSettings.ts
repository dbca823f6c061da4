import { baseUrl, reference, signingSettings, trustSettings } from "@trellis/platform/service/settings";

/** Of `openNodeClient`. */
export const nodeClientSettings = {
  url: baseUrl("http://127.0.0.1:8080/node", "URL of a node's service port with /node, or of a service"),
  apiKeyFrom: reference(
    "reference to the API key, env:NAME or file:PATH; default: none, for a local network",
  ),
  ...signingSettings,
  ...trustSettings,
};
