const PARTS = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^@/?#]+)([/?#].*)?$/;
const SESSION_ATTRIBUTES = /[?&]target_session_attrs=([^&]*)/;
const PRIMARY: readonly (string | undefined)[] = ["read-write", "primary"];

/**
 * Servers of one database, separated by commas as in libpq
 * (`postgres://USER@A:5432,B:5432/NAME?target_session_attrs=read-write`). Unlike in libpq, several hosts
 * default to the primary, because services write.
 */
export class PgHosts {
  readonly count: number;
  /** If true, standbys are refused. */
  readonly arePrimary: boolean;
  readonly #urls: readonly string[];
  #current = 0;

  private constructor(urls: readonly string[], arePrimary: boolean) {
    this.#urls = urls;
    this.count = urls.length;
    this.arePrimary = arePrimary;
  }

  static parse(text: string): PgHosts | undefined {
    const [, head = "", hosts, tail = ""] = PARTS.exec(text) ?? [];
    if (hosts === undefined) return undefined;
    const urls = hosts.split(",").map((host) => `${head}${host}${tail}`);
    const [, attributes] = SESSION_ATTRIBUTES.exec(tail) ?? [];
    const isKnown = attributes === undefined || attributes === "any" || PRIMARY.includes(attributes);
    if (!isKnown || !urls.every((url) => URL.canParse(url) && new URL(url).hostname !== "")) return undefined;
    return new PgHosts(urls, attributes === undefined ? urls.length > 1 : attributes !== "any");
  }

  /** URL of the host for the next session. */
  get url(): string {
    return this.#urls[this.#current]!;
  }

  /** Moves to the next host, unless another session has done so already. */
  failed(url: string): void {
    if (url === this.url) this.#current = (this.#current + 1) % this.count;
  }
}
