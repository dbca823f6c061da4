import type { Page } from "playwright-core";

export async function dropFile(page: Page, selector: string, name: string, text: string): Promise<void> {
  await drop(page, selector, `new File([${JSON.stringify(text)}], ${JSON.stringify(name)})`);
}

export async function dropLarge(
  page: Page,
  selector: string,
  name: string,
  mebibytes: number,
): Promise<void> {
  const part = "new Blob([new Uint8Array(1048576)])";
  const parts = `Array.from({ length: ${mebibytes} }, () => part)`;
  const file = `(() => { const part = ${part}; return new File(${parts}, ${JSON.stringify(name)}); })()`;
  await drop(page, selector, file);
}

export async function pasteText(page: Page, selector: string, text: string): Promise<void> {
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", ${JSON.stringify(text)});
    const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.querySelector(${JSON.stringify(selector)}).dispatchEvent(paste);
  }`);
}

async function drop(page: Page, selector: string, file: string): Promise<void> {
  await page.evaluate(`{
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(${file});
    const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector(${JSON.stringify(selector)}).dispatchEvent(drop);
  }`);
}
