import { validate } from "dockerfile-utils";
import type { Finding } from "../finding.ts";

const FILE = "deploy/image/Containerfile";
/** What the last stage must say. */
const REQUIRED: readonly (readonly [what: RegExp, message: string])[] = [
  [/^USER [1-9]\d*:[1-9]\d*$/m, "USER is a number other than 0, so that Kubernetes sees that it is not root"],
  [/^ENTRYPOINT \["\/(?!bin\/)[^"]*"\]$/m, "ENTRYPOINT starts the program without a shell"],
  [
    /^HEALTHCHECK .*CMD \["\/usr\/local\/bin\/trellis", "health"\]$/m,
    "HEALTHCHECK asks by the program itself",
  ],
  [/^STOPSIGNAL SIGTERM$/m, "STOPSIGNAL is SIGTERM"],
  [/^VOLUME \/var\/lib\/trellis$/m, "VOLUME holds the data"],
  ...["title", "licenses", "version", "revision", "created"].map(
    (name) => [new RegExp(`org\\.opencontainers\\.image\\.${name}=`), `the label ${name}`] as const,
  ),
];

export function checkContainerfile(text: string): Finding[] {
  const syntax = validate(text).map(({ range, message }) =>
    finding(range.start.line + 1, typeof message === "string" ? message : message.value),
  );
  const stage = text.slice(text.lastIndexOf("\nFROM ") + 1);
  const missing = REQUIRED.filter(([what]) => !what.test(stage)).map(([, message]) => finding(0, message));
  const shells = /^RUN /m.test(stage)
    ? [finding(0, "the last stage runs nothing, so that it needs no shell")]
    : [];
  const unpinned = [...text.matchAll(/^ARG \w+_BASE=(.*)$/gm)]
    .filter(([, image]) => !/@sha256:[0-9a-f]{64}$/.test(image!))
    .map(([, image]) => finding(0, `${image} is not pinned by its digest`));
  return [...syntax, ...missing, ...shells, ...unpinned];
}

function finding(line: number, message: string): Finding {
  return { file: FILE, line, rule: "containerfile", message };
}
