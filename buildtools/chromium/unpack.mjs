// Unpacks the browser of @sparticuz/chromium into the folder given: deno run --allow-read --allow-write unpack.mjs FOLDER
// (Python's standard library has no Brotli.)
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const from = "node_modules/@sparticuz/chromium/bin";
const [to] = Deno.args;
for (const name of ["chromium", "al2023.tar", "swiftshader.tar", "fonts.tar"]) {
  await pipeline(createReadStream(`${from}/${name}.br`), createBrotliDecompress(), createWriteStream(`${to}/${name}`));
}
