// The system's Chromium, in the form that has no windows: it takes half the time of the other one's headless mode.
import { chromium } from 'playwright-core';

export async function withBrowser(use) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

// A picture to be looked at, where somebody asks for them (GRIOT_PICTURES=1): they take a fifth of the time.
export async function takePicture(of, path, options) {
  if (process.env.GRIOT_PICTURES) await of.screenshot({ path, ...options });
}

// A page that fetches nothing: images are drawn here, everything else is refused. With `fetches` it asks whom it likes;
// what else is said goes to the browser, such as `javaScriptEnabled` or `locale`.
export async function withPage({ width, colorScheme, images = true, fetches = false, ...more }, use) {
  await withBrowser(async (browser) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, ...more });
    if (!fetches) await page.route('**/*', (route) =>
      images && route.request().resourceType() === 'image'
        ? route.fulfill({ contentType: 'image/svg+xml', body: picture(route.request().url()) })
        : route.abort(),
    );
    await use(page);
  });
}

// A landscape with a sun; portrait where the name says so.
export function picture(url) {
  const seed = [...url].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 9973, 7);
  const [width, height] = url.includes('portrait') || url.includes('choir') ? [800, 1200]
    : url.includes('banner') ? [1500, 300] : url.includes('square') ? [700, 700] : [1200, 800];
  const hue = seed % 360;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none">
<rect width="100" height="100" fill="hsl(${hue} 30% 74%)"/><circle cx="${20 + (seed % 60)}" cy="34" r="14" fill="hsl(${hue + 30} 60% 48%)"/>
<path d="M0 70Q25 50 50 68T100 60V100H0Z" fill="hsl(${hue + 10} 25% 30%)"/></svg>`;
}
