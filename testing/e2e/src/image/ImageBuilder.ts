import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./runProgram.ts";

const CHECKOUT = fileURLToPath(new URL("../../../../", import.meta.url));
const TAG = "localhost/trellis";
const OVERLAY_FS = 0x794c7630;
/** What Node.js needs. */
const RUN_PACKAGES = ["libc6", "libgcc-s1", "libstdc++6"];
/** What `deploy/image/install` needs besides Node.js and npm. */
const BUILD_PACKAGES = ["base-files", "coreutils", "dash", "findutils", "libatomic1", "sed", ...RUN_PACKAGES];

export interface ImageConfig {
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly User: string;
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Volumes: Readonly<Record<string, object>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** Builds with `deploy/image/build` from a clone of this checkout's commit, on bases of Debian packages. */
export class ImageBuilder {
  readonly #scratch: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(scratch: string) {
    this.#scratch = scratch;
    const storage = join(scratch, "storage.conf");
    const driver = statfsSync(scratch).type === OVERLAY_FS ? "vfs" : "overlay";
    writeFileSync(
      storage,
      `[storage]\ndriver = "${driver}"\ngraphroot = "${scratch}/graph"\nrunroot = "${scratch}/run"\n`,
    );
    this.#env = {
      ...process.env,
      TMPDIR: scratch,
      BUILDAH_ISOLATION: "chroot",
      CONTAINERS_STORAGE_CONF: storage,
    };
  }

  async build(): Promise<void> {
    const source = this.#source();
    const npm = dirname(dirname(realpathSync(this.#output("which", "npm"))));
    await Promise.all([
      runProgram(["git", "clone", "--quiet", CHECKOUT, source]),
      this.#makeBase("run", RUN_PACKAGES),
      this.#makeBase("build", BUILD_PACKAGES, [
        [realpathSync(process.execPath), "/usr/local/bin/node"],
        [npm, "/usr/local/lib/node_modules/npm"],
      ]),
    ]);
    const bases = ["BUILD_BASE=localhost/build", "RUN_BASE=localhost/run"].flatMap((base) => [
      "--build-arg",
      base,
    ]);
    await this.#run([`${source}/deploy/image/build`, "--tag", TAG, ...bases, ...this.#npmSecrets()]);
  }

  async revision(): Promise<string> {
    return (await runProgram(["git", "rev-parse", "HEAD"], { cwd: this.#source() })).trim();
  }

  async config(): Promise<ImageConfig> {
    const described = JSON.parse(await this.#run(["buildah", "inspect", "--type", "image", TAG]));
    return described.Docker.config;
  }

  /** @returns the path of the image's file system */
  async mount(): Promise<string> {
    const container = (await this.#run(["buildah", "from", TAG])).trim();
    return (await this.#run(["buildah", "mount", container])).trim();
  }

  async remove(): Promise<void> {
    await this.#run(["buildah", "umount", "--all"]);
    await this.#run(["buildah", "rm", "--all"]);
    await this.#run(["buildah", "rmi", "--all", "--force"]);
  }

  #source(): string {
    return join(this.#scratch, "source");
  }

  async #makeBase(
    name: string,
    packages: readonly string[],
    files: readonly (readonly [source: string, target: string])[] = [],
  ): Promise<void> {
    const archive = join(this.#scratch, `${name}.tar`);
    const suite = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync("/etc/os-release", "utf8"))![1]!;
    // Unpacks without running anything, so that there is no shell unless it is asked for.
    const unpack = ["mmdebstrap", "--quiet", "--variant=extract", "--mode=root"];
    await this.#run([...unpack, `--include=${packages.join()}`, suite, archive]);
    const container = (await this.#run(["buildah", "from", "scratch"])).trim();
    await this.#run(["buildah", "add", container, archive, "/"]);
    for (const [source, target] of files) await this.#run(["buildah", "copy", container, source, target]);
    if (files.length > 0) {
      const link = ["ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm"];
      await this.#run(["buildah", "config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container]);
      await this.#run(["buildah", "run", container, "--", ...link]);
    }
    await this.#run(["buildah", "commit", "--rm", container, `localhost/${name}`]);
  }

  /** The registry that this machine uses, with its authorities. */
  #npmSecrets(): string[] {
    const folder = join(this.#scratch, "npm");
    mkdirSync(folder);
    const configured = this.#output("npm", "config", "get", "cafile");
    const authorities = configured === "null" ? process.env.NODE_EXTRA_CA_CERTS : configured;
    const lines = [`registry=${this.#output("npm", "config", "get", "registry")}`];
    const secrets = ["--secret", `id=npmrc,src=${folder}/npmrc`];
    if (authorities !== undefined) {
      lines.push("cafile=/run/secrets/authorities");
      secrets.push("--secret", `id=authorities,src=${authorities}`);
    }
    writeFileSync(`${folder}/npmrc`, `${lines.join("\n")}\n`);
    return secrets;
  }

  #run(words: readonly string[]): Promise<string> {
    return runProgram(words, { env: this.#env });
  }

  #output(program: string, ...args: readonly string[]): string {
    return spawnSync(program, args, { encoding: "utf8" }).stdout.trim();
  }
}
