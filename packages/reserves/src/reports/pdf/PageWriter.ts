import { type Color, type PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from "pdf-lib";

/** A4, in points. */
const [WIDTH, HEIGHT] = [595.28, 841.89];
const MARGIN = 54;
const BOTTOM = 64;
const TEXT_WIDTH: number = WIDTH - 2 * MARGIN;
const LINE = 1.4;
const SIZE = 9.5;

const INK = rgb(0.1, 0.12, 0.16);
const FAINT = rgb(0.42, 0.45, 0.5);
const RULE = rgb(0.84, 0.86, 0.89);
const SHADE = rgb(0.955, 0.962, 0.972);
const ACCENT = rgb(0.07, 0.33, 0.45);
const TONES = { good: rgb(0.09, 0.45, 0.27), bad: rgb(0.7, 0.13, 0.13), plain: FAINT };
export type Tone = keyof typeof TONES;

interface Column {
  readonly title: string;
  /** Fraction of the text width. */
  readonly share: number;
  readonly isNumber?: boolean;
}

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

interface Style {
  readonly x?: number;
  readonly size?: number;
  readonly font?: PDFFont;
  readonly color?: Color;
}

interface Fonts {
  readonly plain: PDFFont;
  readonly bold: PDFFont;
  readonly code: PDFFont;
}

export class PageWriter {
  readonly #document: PDFDocument;
  readonly #fonts: Fonts;
  #page: PDFPage;
  #top = HEIGHT - MARGIN;

  private constructor(document: PDFDocument, fonts: Fonts) {
    this.#document = document;
    this.#fonts = fonts;
    this.#page = document.addPage([WIDTH, HEIGHT]);
  }

  static async open(document: PDFDocument): Promise<PageWriter> {
    const [plain, bold, code] = await Promise.all(
      [StandardFonts.Helvetica, StandardFonts.HelveticaBold, StandardFonts.Courier].map((name) =>
        document.embedFont(name),
      ),
    );
    return new PageWriter(document, { plain: plain!, bold: bold!, code: code! });
  }

  title(over: string, text: string, badge: { readonly text: string; readonly tone: Tone }): void {
    const { bold, plain } = this.#fonts;
    this.#page.drawRectangle({ x: 0, y: HEIGHT - 8, width: WIDTH, height: 8, color: ACCENT });
    this.#draw(over.toUpperCase(), { size: 8.5, font: bold, color: ACCENT });
    this.#top -= 4;
    const size = fitting(bold, text, 21, TEXT_WIDTH);
    this.#draw(text, { size, font: bold });
    this.#top -= 6;
    const width = plain.widthOfTextAtSize(shown(badge.text), 10) + 20;
    const [y, height] = [this.#top - 19, 19];
    this.#page.drawRectangle({ x: MARGIN, y, width, height, color: TONES[badge.tone] });
    this.#page.drawText(shown(badge.text), {
      x: MARGIN + 10,
      y: y + 6,
      size: 10,
      font: plain,
      color: rgb(1, 1, 1),
    });
    this.#top = y - 12;
  }

  heading(text: string): void {
    this.#need(64);
    this.#top -= 12;
    this.#draw(text, { size: 12.5, font: this.#fonts.bold, color: ACCENT });
    this.#top -= 2;
    this.#rule();
    this.#top -= 6;
  }

  /** @param leads keeps the following content on the same page */
  paragraph(text: string, { isFaint = false, mark = "", leads = false } = {}): void {
    const [size, indent] = [SIZE, mark === "" ? 0 : 16];
    const { plain, bold } = this.#fonts;
    const lines = wrapped(plain, shown(text), size, TEXT_WIDTH - indent);
    this.#need((Math.min(lines.length, 6) + (leads ? 3 : 0)) * SIZE * LINE);
    for (const [index, line] of lines.entries()) {
      this.#need(size * LINE);
      if (index === 0 && mark !== "") this.#at(mark, { x: MARGIN, size, font: bold, color: ACCENT });
      this.#draw(line, { x: MARGIN + indent, size, color: isFaint ? FAINT : INK });
    }
    this.#top -= 4;
  }

  code(text: string): void {
    const { code } = this.#fonts;
    const lines = cut(code, shown(text), 8, TEXT_WIDTH - 32);
    const height = lines.length * 8 * LINE + 10;
    this.#need(height + 4);
    const y = this.#top - height;
    this.#page.drawRectangle({ x: MARGIN + 16, y, width: TEXT_WIDTH - 16, height, color: SHADE });
    this.#top -= 5;
    for (const line of lines) this.#draw(line, { x: MARGIN + 24, size: 8, font: code });
    this.#top = y - 6;
  }

  fields(rows: readonly (readonly [name: string, value: string, isCode?: boolean])[]): void {
    const { plain, code } = this.#fonts;
    const indent = 128;
    for (const [name, value, isCode = false] of rows) {
      const [font, size] = isCode ? [code, 8] : [plain, SIZE];
      const split = isCode ? cut : wrapped;
      const lines = split(font, shown(value), size, TEXT_WIDTH - indent);
      for (const [index, line] of lines.entries()) {
        this.#need(SIZE * LINE);
        if (index === 0) this.#at(name, { x: MARGIN, color: FAINT });
        this.#at(line, { x: MARGIN + indent, size, font });
        this.#top -= SIZE * LINE;
      }
      this.#top -= 1.5;
    }
  }

  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    this.#need(44);
    this.#row(
      columns,
      columns.map(({ title }) => ({ text: title })),
      true,
    );
    for (const [index, row] of rows.entries()) {
      if (this.#need(20))
        this.#row(
          columns,
          columns.map(({ title }) => ({ text: title })),
          true,
        );
      this.#row(columns, row, false, index % 2 === 1);
    }
    this.#rule();
    this.#top -= 6;
  }

  footers(text: string): void {
    const pages = this.#document.getPages();
    const { plain } = this.#fonts;
    for (const [index, page] of pages.entries()) {
      const style = { y: 34, size: 7.5, font: plain, color: FAINT };
      const place = `${index + 1} / ${pages.length}`;
      page.drawLine({
        start: { x: MARGIN, y: 48 },
        end: { x: WIDTH - MARGIN, y: 48 },
        thickness: 0.5,
        color: RULE,
      });
      page.drawText(shown(text), { x: MARGIN, ...style });
      page.drawText(place, { x: WIDTH - MARGIN - plain.widthOfTextAtSize(place, 7.5), ...style });
    }
  }

  /** Shrinks wide figures instead of truncating them. */
  #row(columns: readonly Column[], cells: readonly Cell[], isHead: boolean, isShaded = false): void {
    const height = 17;
    const { plain, bold } = this.#fonts;
    if (isShaded) {
      const shade = { x: MARGIN, y: this.#top - height, width: TEXT_WIDTH, height, color: SHADE };
      this.#page.drawRectangle(shade);
    }
    let x = MARGIN;
    for (const [index, { share, isNumber = false }] of columns.entries()) {
      const { text, tone } = cells[index]!;
      const width = share * TEXT_WIDTH;
      const font = isHead || tone !== undefined ? bold : plain;
      const size = fitting(font, text, isHead ? 8 : 8.5, width - 8);
      const left = isNumber ? width - 4 - font.widthOfTextAtSize(shown(text), size) : 4;
      const color = isHead ? FAINT : tone === undefined ? INK : TONES[tone];
      this.#page.drawText(shown(text), { x: x + left, y: this.#top - 11.5, size, font, color });
      x += width;
    }
    this.#top -= height;
    if (isHead) this.#rule();
  }

  #rule(): void {
    const [start, end] = [
      { x: MARGIN, y: this.#top },
      { x: WIDTH - MARGIN, y: this.#top },
    ];
    this.#page.drawLine({ start, end, thickness: 0.7, color: RULE });
  }

  #need(height: number): boolean {
    if (this.#top - height >= BOTTOM) return false;
    this.#page = this.#document.addPage([WIDTH, HEIGHT]);
    this.#top = HEIGHT - MARGIN;
    return true;
  }

  #at(text: string, { x = MARGIN, size = SIZE, font = this.#fonts.plain, color = INK }: Style): void {
    this.#page.drawText(shown(text), { x, y: this.#top - size, size, font, color });
  }

  #draw(text: string, style: Style): void {
    this.#at(text, style);
    this.#top -= (style.size ?? SIZE) * LINE;
  }
}

/** The fonts cover only Latin-1; other characters are printed as code points. */
function shown(text: string): string {
  return text.replace(
    /[^\x20-\x7e\xa1-\xac\xae-\xff]/gu,
    (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`,
  );
}

function fitting(font: PDFFont, text: string, size: number, width: number): number {
  const taken = font.widthOfTextAtSize(shown(text), size);
  return taken <= width ? size : (size * width) / taken;
}

function wrapped(font: PDFFont, text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (font.widthOfTextAtSize(longer, size) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const parts = cut(font, word, size, width);
    lines.push(...parts.slice(0, -1));
    line = parts.at(-1) ?? "";
  }
  return [...lines, line];
}

function cut(font: PDFFont, text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const one of text) {
    if (line !== "" && font.widthOfTextAtSize(line + one, size) > width) {
      lines.push(line);
      line = "";
    }
    line += one;
  }
  return [...lines, line];
}
