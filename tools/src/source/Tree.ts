import type { SourceFile } from "./SourceFile.ts";

export interface Package {
  readonly name: string;
  readonly directory: string;
  readonly kind: "package" | "app" | "testing" | "bench" | "tools";
  readonly subpaths: readonly string[];
  readonly entries: readonly string[];
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface Tree {
  readonly root: string;
  readonly packages: readonly Package[];
  readonly rootDependencies: ReadonlySet<string>;
  readonly sources: readonly SourceFile[];
  readonly documents: readonly TextFile[];
}

export function packageOf(tree: Tree, path: string): Package | undefined {
  return tree.packages.find(({ directory }) => path.startsWith(`${directory}/`));
}
