import { parse } from "yaml";
import { z } from "zod";
import type { Finding } from "../../finding.ts";
import type { DeployFiles } from "../DeployFiles.ts";
import type { Manifest } from "./Manifest.ts";
import { readManifests } from "./readManifests.ts";
import { schemaProblems } from "./schemaProblems.ts";

/** The fields of a kustomization that the overlays use. */
const kustomization = z.strictObject({
  apiVersion: z.literal("kustomize.config.k8s.io/v1beta1"),
  kind: z.literal("Kustomization"),
  namespace: z.string(),
  resources: z.tuple([z.literal("../../base")]),
  images: z.array(
    z.strictObject({
      name: z.string(),
      newName: z.string().optional(),
      newTag: z.string().optional(),
      digest: z.string().optional(),
    }),
  ),
  replicas: z.array(z.strictObject({ name: z.string(), count: z.int().min(1) })).default([]),
  configMapGenerator: z
    .array(z.strictObject({ name: z.string(), behavior: z.literal("replace"), files: z.array(z.string()) }))
    .default([]),
  patches: z.array(z.strictObject({ path: z.string() })).default([]),
});

/** Without kustomize: form, files, and that each change meets something in the base. */
export function overlayProblems(folder: string, base: readonly Manifest[], files: DeployFiles): Finding[] {
  const file = `${folder}/kustomization.yaml`;
  const read = kustomization.safeParse(parse(files.read(file)));
  if (!read.success) {
    return read.error.issues.map(({ path, message }) => finding(file, `${path.join(".")}: ${message}`));
  }
  const { patches, replicas, configMapGenerator: maps, images } = read.data;
  const has = (kind: string, name: string) =>
    base.some((each) => each.kind === kind && each.metadata.name === name);
  const names = files.list(folder);
  const named = [
    ...patches.map(({ path }) => path),
    ...maps.flatMap(({ files: of }) => of.map((each) => each.split("=").at(-1)!)),
  ];
  const text = JSON.stringify(base);
  return [
    ...named.filter((name) => !names.includes(name)).map((name) => finding(file, `there is no file ${name}`)),
    ...replicas
      .filter(({ name }) => !has("StatefulSet", name))
      .map(({ name }) => finding(file, `no StatefulSet ${name}`)),
    ...replicas
      .filter(({ name }) => isVoting(name, base))
      .map(({ name }) => finding(file, `${name} votes, and must not be scaled`)),
    ...maps
      .filter(({ name }) => !has("ConfigMap", name))
      .map(({ name }) => finding(file, `no ConfigMap ${name}`)),
    ...images
      .filter(({ name }) => !text.includes(`"${name}:`))
      .map(({ name }) => finding(file, `no image ${name}`)),
    ...patches
      .filter(({ path }) => names.includes(path))
      .flatMap(({ path }) => patchProblems(`${folder}/${path}`, { files, has })),
  ];
}

function isVoting(name: string, base: readonly Manifest[]): boolean {
  const found = base.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === name);
  return found?.spec?.template?.metadata.labels["trellis/validator"] !== undefined;
}

interface Base {
  readonly files: DeployFiles;
  has(kind: string, name: string): boolean;
}

function patchProblems(file: string, { files, has }: Base): Finding[] {
  const manifests = readManifests(files.read(file));
  if (typeof manifests === "string") return [finding(file, manifests)];
  return manifests.flatMap((manifest) => {
    const { kind, metadata } = manifest;
    if (!has(kind, metadata.name)) return [finding(file, `the base has no ${kind} ${metadata.name}`)];
    const { $patch: _, ...patch } = manifest as Manifest & { readonly $patch?: string };
    // A patch leaves out required fields.
    return schemaProblems(patch)
      .filter((problem) => !problem.includes("must have required property"))
      .map((problem) => finding(file, problem));
  });
}

function finding(file: string, message: string): Finding {
  return { file, line: 0, rule: "kubernetes", message };
}
