import { dirname, posix } from "node:path";
import type { Finding } from "../finding.ts";
import { type Import, isTestSupport, type SourceFile } from "../source/SourceFile.ts";
import { type Package, packageOf, type Tree } from "../source/Tree.ts";
import { CONFINED, FORBIDDEN, LAYERS, ROOMS } from "./law.ts";

const SCOPE = "@trellis/";
/** Kinds that must run after `npm ci --omit=dev`. */
const INSTALLED_WITHOUT_DEV: readonly Package["kind"][] = ["package", "app"];

export function checkImports(tree: Tree): Finding[] {
  return [
    ...unknownPackages(tree),
    ...unknownRooms(tree),
    ...tree.sources.flatMap((source) => checkFile(tree, source)),
  ];
}

function unknownPackages(tree: Tree): Finding[] {
  return tree.packages
    .filter((known) => known.kind === "package" && !LAYERS.includes(shortName(known)))
    .map((known) => ({
      file: `${known.directory}/package.json`,
      line: 0,
      rule: "layer-unknown",
      message: `${known.name} has no place in the order of packages`,
    }));
}

function unknownRooms(tree: Tree): Finding[] {
  return tree.sources.flatMap((source) => {
    const from = packageOf(tree, source.path);
    const rooms = from && ROOMS[shortName(from)];
    if (rooms === undefined || !standsInRoom(source, from!)) return [];
    const room = roomOf(source.path, from!);
    if (rooms.includes(room)) return [];
    const message = `${room} has no place in the order of the rooms of ${from!.name}`;
    return [{ file: source.path, line: 0, rule: "room-unknown", message }];
  });
}

function checkFile(tree: Tree, source: SourceFile): Finding[] {
  const from = packageOf(tree, source.path);
  if (from === undefined) return [];
  return source.imports.flatMap((imported) => {
    const [rule, message] = breach(tree, source, from, imported) ?? [];
    if (rule === undefined || message === undefined) return [];
    return [{ file: source.path, line: imported.line, rule, message }];
  });
}

type Breach = readonly [rule: string, message: string] | undefined;

function breach(tree: Tree, source: SourceFile, from: Package, imported: Import): Breach {
  const { specifier } = imported;
  if (specifier.startsWith("node:")) return undefined;
  if (specifier.startsWith(".")) return relativeBreach(source, from, specifier);
  const [name, subpath] = splitSpecifier(specifier);
  const confined = confinementBreach(from, name);
  if (confined !== undefined) return confined;
  if (!name.startsWith(SCOPE)) return undeclared(tree, source, from, imported);
  const to = tree.packages.find((candidate) => candidate.name === name);
  if (to === undefined) return ["package-unknown", `there is no package ${name}`];
  if (!to.subpaths.includes(subpath)) return ["deep-import", `${name} does not export ${subpath}`];
  return layerBreach(source, from, to) ?? undeclared(tree, source, from, imported);
}

function relativeBreach(source: SourceFile, from: Package, specifier: string): Breach {
  const target = posix.join(dirname(source.path), specifier);
  if (!target.startsWith(`${from.directory}/`)) {
    return ["leaves-package", `${specifier} lies outside ${from.name}: import the package that holds it`];
  }
  if (!source.isTest && isTestSupport(target)) return ["imports-testing", `${specifier} is for tests`];
  const rooms = ROOMS[shortName(from)];
  if (rooms === undefined || source.isTest || !standsInRoom(source, from)) return undefined;
  const [mine, theirs] = [roomOf(source.path, from), roomOf(target, from)];
  if (rooms.indexOf(theirs) <= rooms.indexOf(mine)) return undefined;
  return ["room-import", `${mine} imports ${theirs}, which stands above it`];
}

function confinementBreach(from: Package, name: string): Breach {
  const law = CONFINED.find(({ scope, to }) => name.startsWith(scope) && !to.includes(from.kind));
  return law === undefined ? undefined : ["forbidden-import", `${from.name} imports ${name}: ${law.because}`];
}

function layerBreach(source: SourceFile, from: Package, to: Package): Breach {
  if (from.kind === "testing" || from.kind === "bench") return undefined;
  if (to.kind === "testing") {
    return source.isTest ? undefined : ["imports-testing", `${to.name} is for tests and benchmarks`];
  }
  // The check of deploy/ parses command lines as the executable does.
  if (from.kind === "tools" && to.kind === "app") return undefined;
  if (to.kind !== "package") return ["imports-upwards", `nothing imports ${to.name}`];
  if (from.kind !== "package") return undefined;
  const law = FORBIDDEN.find(
    ({ from: a, to: b }) => a.includes(shortName(from)) && b.includes(shortName(to)),
  );
  if (law !== undefined) return ["forbidden-import", `${from.name} imports ${to.name}: ${law.because}`];
  if (LAYERS.indexOf(shortName(to)) > LAYERS.indexOf(shortName(from))) {
    return ["imports-upwards", `${from.name} stands below ${to.name}`];
  }
  return undefined;
}

/** In packages and apps, only tests and type imports may use devDependencies. */
function undeclared(tree: Tree, source: SourceFile, from: Package, imported: Import): Breach {
  const [name] = splitSpecifier(imported.specifier);
  if (name === from.name || from.dependencies.has(name)) return undefined;
  const mayDevelop = source.isTest || imported.isType || !INSTALLED_WITHOUT_DEV.includes(from.kind);
  if (mayDevelop && (from.devDependencies.has(name) || tree.rootDependencies.has(name))) return undefined;
  // Tests may import every workspace.
  if (source.isTest && name.startsWith(SCOPE)) return undefined;
  return ["undeclared-dependency", `${name} is not among the dependencies of ${from.directory}/package.json`];
}

export function roomOf(path: string, from: Package): string {
  return path.slice(`${from.directory}/src/`.length).split("/")[0]!;
}

function standsInRoom(source: SourceFile, from: Package): boolean {
  const isInRoom = source.path.startsWith(`${from.directory}/src/`) && !isTestSupport(source.path);
  return isInRoom && !isGathered(source, from);
}

export function isGathered(source: SourceFile, from: Package): boolean {
  return ["index.ts", "errors.ts", "metrics.ts"].some(
    (file) => source.path === `${from.directory}/src/${file}`,
  );
}

/** `@trellis/platform/log` → `@trellis/platform`, `./log` */
function splitSpecifier(specifier: string): [name: string, subpath: string] {
  const segments = specifier.split("/");
  const length = specifier.startsWith("@") ? 2 : 1;
  const rest = segments.slice(length).join("/");
  return [segments.slice(0, length).join("/"), rest === "" ? "." : `./${rest}`];
}

export function shortName({ name }: Package): string {
  return name.slice(SCOPE.length);
}
