use std::f32::consts::{PI, TAU};

use super::canvas::{Canvas, HEIGHT, WIDTH};
use super::palette::Ink::{self, Accent, Dark, Ground, Light, Mid, Soft};
use super::{Dice, Motif};

/// Draws the composition; what chance there is in it comes from the dice alone.
pub fn draw(motif: Motif, canvas: &mut Canvas, dice: &mut Dice) {
    match motif {
        Motif::Arches => arches(canvas, dice),
        Motif::Bars => bars(canvas, dice),
        Motif::Bowls => bowls(canvas, dice),
        Motif::Columns => columns(canvas, dice),
        Motif::Cranes => cranes(canvas, dice),
        Motif::Curtain => curtain(canvas, dice),
        Motif::Dunes => dunes(canvas, dice),
        Motif::Fields => fields(canvas, dice),
        Motif::Grid => grid(canvas, dice),
        Motif::Harbour => harbour(canvas, dice),
        Motif::Houses => houses(canvas, dice),
        Motif::Leaves => leaves(canvas, dice),
        Motif::Network => network(canvas, dice),
        Motif::Orbit => orbit(canvas, dice),
        Motif::Reels => reels(canvas, dice),
        Motif::Ridge => ridge(canvas, dice),
        Motif::Rings => rings(canvas, dice),
        Motif::Road => road(canvas, dice),
        Motif::Stalls => stalls(canvas, dice),
        Motif::Steps => steps(canvas, dice),
        Motif::Waves => waves(canvas, dice),
        Motif::Weave => weave(canvas, dice),
    }
}

fn hill(base: f32, rise: f32, length: f32, shift: f32) -> impl Fn(f32) -> f32 {
    move |x| base - rise * (x / length * TAU + shift).sin()
}

fn dunes(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.disc(dice.between(300.0, 900.0), dice.between(210.0, 330.0), dice.between(110.0, 150.0), Accent);
    canvas.below(hill(520.0, 60.0, 1500.0, dice.between(0.0, TAU)), Soft);
    canvas.below(hill(610.0, 70.0, 1250.0, dice.between(0.0, TAU)), Mid);
    canvas.below(hill(700.0, 60.0, 1700.0, dice.between(0.0, TAU)), Dark);
}

fn ridge(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.disc(dice.between(350.0, 850.0), 250.0, 90.0, Light);
    for (base, rise, ink) in [(380.0, 80.0, Soft), (500.0, 70.0, Mid), (640.0, 60.0, Accent), (740.0, 40.0, Dark)] {
        let (broad, fine) = (hill(base, rise, 900.0, dice.between(0.0, TAU)), dice.between(0.0, TAU));
        canvas.below(move |x| broad(x) + rise / 3.0 * (x / 260.0 * TAU + fine).sin(), ink);
    }
}

fn harbour(canvas: &mut Canvas, dice: &mut Dice) {
    let horizon = 470.0;
    let sun = dice.between(280.0, 920.0);
    canvas.disc_between(sun, horizon - 20.0, 150.0, 0.0, horizon, Accent);
    canvas.rect(0.0, horizon, WIDTH, HEIGHT, Mid);
    for step in 0..6 {
        let (half, y) = (120.0 - 18.0 * step as f32, horizon + 28.0 + 34.0 * step as f32);
        canvas.rect(sun - half, y, sun + half, y + 10.0, Accent);
    }
    for index in 0..3 {
        let (x, size) = (130.0 + 380.0 * index as f32 + dice.between(0.0, 130.0), dice.between(0.75, 1.1));
        let deck = horizon + 4.0 + 16.0 * index as f32;
        canvas.rect(x + 20.0 * size, deck - 70.0 * size, x + 52.0 * size, deck - 22.0 * size, Light);
        for block in 0..4 {
            let left = x + (62.0 + 30.0 * block as f32) * size;
            let top = deck - if dice.one_in(2) { 62.0 } else { 42.0 } * size;
            canvas.rect(left, top, left + 27.0 * size, deck - 22.0 * size, if block % 2 == 0 { Soft } else { Light });
        }
        let hull = [
            (x, deck - 22.0 * size),
            (x + 210.0 * size, deck - 22.0 * size),
            (x + 190.0 * size, deck + 14.0 * size),
            (x + 16.0 * size, deck + 14.0 * size),
        ];
        canvas.polygon(&hull, Dark);
    }
    canvas.below(hill(770.0, 10.0, 500.0, dice.between(0.0, TAU)), Dark);
}

fn cranes(canvas: &mut Canvas, dice: &mut Dice) {
    let quay = 640.0;
    canvas.disc(dice.between(200.0, 1000.0), 230.0, 120.0, Light);
    canvas.rect(0.0, quay + 60.0, WIDTH, HEIGHT, Mid);
    for index in 0..3 {
        let x = 90.0 + 370.0 * index as f32 + dice.between(0.0, 50.0);
        let ink = if index == 1 { Accent } else { Dark };
        let boom = 330.0 + dice.between(-20.0, 20.0);
        for leg in [x, x + 120.0] {
            canvas.rect(leg, boom, leg + 16.0, quay, ink);
        }
        canvas.line((x + 8.0, quay - 40.0), (x + 128.0, boom + 90.0), 8.0, ink);
        canvas.rect(x, boom + 80.0, x + 136.0, boom + 94.0, ink);
        canvas.rect(x - 70.0, boom, x + 330.0, boom + 18.0, ink);
        canvas.line((x + 66.0, boom - 130.0), (x - 60.0, boom + 6.0), 7.0, ink);
        canvas.line((x + 66.0, boom - 130.0), (x + 310.0, boom + 6.0), 7.0, ink);
        canvas.line((x + 66.0, boom - 136.0), (x + 66.0, boom), 14.0, ink);
        canvas.rect(x + 236.0, boom + 18.0, x + 241.0, boom + 110.0, ink);
    }
    canvas.rect(0.0, quay, WIDTH, quay + 60.0, Dark);
    for index in 0..9 {
        let left = 30.0 + 132.0 * index as f32;
        canvas.rect(left, quay - 46.0, left + 104.0, quay, [Soft, Mid, Accent][dice.below(3)]);
    }
}

fn stalls(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.rect(0.0, 640.0, WIDTH, HEIGHT, Soft);
    let stripe = 50.0;
    let top = 210.0;
    for stall in 0..3 {
        let left = 45.0 + 380.0 * stall as f32;
        let drop = dice.between(-30.0, 30.0);
        let (roof, hem) = (top + drop, top + 190.0 + drop);
        let second = [Accent, Dark, Mid][(stall + dice.below(3)) % 3];
        for post in [left + 14.0, left + 324.0] {
            canvas.rect(post, hem, post + 12.0, 690.0, Dark);
        }
        for index in 0..7 {
            let x = left + stripe * index as f32;
            let ink = if index % 2 == 0 { second } else { Light };
            let (inner, outer) = (left + 40.0 + 38.6 * index as f32, 38.6);
            canvas.polygon(&[(inner, roof), (inner + outer, roof), (x + stripe, hem), (x, hem)], ink);
            canvas.disc_between(x + stripe / 2.0, hem, stripe / 2.0, hem, hem + stripe, ink);
        }
        canvas.rect(left + 20.0, 590.0, left + 330.0, 690.0, Mid);
        for pile in 0..4 {
            let x = left + 62.0 + 76.0 * pile as f32;
            canvas.disc_between(x, 590.0, 34.0, 0.0, 590.0, [Accent, Light, Dark, Soft][dice.below(4)]);
        }
    }
}

fn columns(canvas: &mut Canvas, dice: &mut Dice) {
    // Beside the roof: cut by the gable it would look like a dome.
    canvas.disc(if dice.one_in(2) { 150.0 } else { 1050.0 }, 150.0, 80.0, Accent);
    canvas.polygon(&[(150.0, 330.0), (600.0, 150.0), (1050.0, 330.0)], Dark);
    canvas.polygon(&[(270.0, 312.0), (600.0, 182.0), (930.0, 312.0)], Mid);
    canvas.rect(150.0, 330.0, 1050.0, 372.0, Light);
    canvas.rect(185.0, 372.0, 1015.0, 660.0, Dark);
    for index in 0..6 {
        let x = 200.0 + 148.0 * index as f32;
        canvas.rect(x, 386.0, x + 60.0, 650.0, Light);
        canvas.rect(x + 42.0, 386.0, x + 60.0, 650.0, Soft);
        canvas.rect(x - 8.0, 372.0, x + 68.0, 390.0, Light);
        canvas.rect(x - 8.0, 642.0, x + 68.0, 660.0, Light);
    }
    for step in 0..3 {
        let (out, y) = (40.0 * step as f32, 660.0 + 34.0 * step as f32);
        canvas.rect(150.0 - out, y, 1050.0 + out, y + 34.0, [Mid, Soft, Mid][step]);
    }
    canvas.rect(0.0, 762.0, WIDTH, HEIGHT, Dark);
}

fn road(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.disc(dice.between(700.0, 980.0), 200.0, 80.0, Light);
    canvas.below(hill(440.0, 60.0, 1000.0, dice.between(0.0, TAU)), Soft);
    canvas.rect(0.0, 460.0, WIDTH, HEIGHT, Mid);
    let bend = dice.between(120.0, 220.0);
    let centre = |t: f32| 620.0 + bend * (t * 5.2).sin() * (1.0 - t).powf(0.7) + 60.0 * t;
    for step in 0..340 {
        // Depth runs from the horizon (0) to the reader (1).
        let t = step as f32 / 340.0;
        let (y, half) = (460.0 + 340.0 * t, 8.0 + 260.0 * t * t);
        canvas.rect(centre(t) - half, y, centre(t) + half, y + 1.2, Dark);
        if (t.sqrt() * 14.0) as u32 % 2 == 1 {
            let dash = 1.0 + 9.0 * t * t;
            canvas.rect(centre(t) - dash, y, centre(t) + dash, y + 1.2, Light);
        }
    }
    let lamp = (centre(0.12), 460.0 + 340.0 * 0.12);
    canvas.rect(lamp.0 - 26.0, lamp.1 - 40.0, lamp.0 + 26.0, lamp.1, Accent);
    canvas.rect(lamp.0 - 20.0, lamp.1 - 34.0, lamp.0 + 20.0, lamp.1 - 18.0, Light);
}

fn bowls(canvas: &mut Canvas, dice: &mut Dice) {
    for row in 0..3 {
        for column in 0..4 {
            let (x, y) = (165.0 + 290.0 * column as f32, 150.0 + 250.0 * row as f32);
            let filling = [Accent, Light, Soft][dice.below(3)];
            canvas.disc(x, y, 108.0, Dark);
            canvas.disc(x, y, 92.0, Mid);
            canvas.disc(x, y, 78.0, filling);
            if dice.one_in(3) {
                canvas.disc(x + 22.0, y - 14.0, 26.0, Light);
                canvas.disc(x + 22.0, y - 14.0, 12.0, Accent);
            }
        }
    }
}

fn houses(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.disc(dice.between(250.0, 950.0), 170.0, 95.0, Accent);
    for (row, walls) in [[Soft, Light, Soft], [Mid, Light, Soft], [Light, Mid, Dark]].into_iter().enumerate() {
        let base = 480.0 + 160.0 * row as f32;
        let mut x = -dice.between(0.0, 120.0);
        while x < WIDTH {
            let (width, height) = (dice.between(120.0, 200.0), dice.between(150.0, 260.0));
            let wall = walls[dice.below(3)];
            let opening = if wall == Dark { Light } else { Dark };
            canvas.rect(x, base - height, x + width, HEIGHT, wall);
            canvas.rect(
                x - 5.0,
                base - height,
                x + width + 5.0,
                base - height + 14.0,
                if wall == Light { Accent } else { Dark },
            );
            for window in 0..2 {
                let left = x + width * (0.2 + 0.4 * window as f32);
                canvas.rect(left, base - height + 46.0, left + 28.0, base - height + 88.0, opening);
            }
            x += width + dice.between(2.0, 18.0);
        }
    }
}

fn fields(canvas: &mut Canvas, dice: &mut Dice) {
    let horizon = dice.between(300.0, 360.0);
    let vanishing = dice.between(350.0, 850.0);
    canvas.disc_between(vanishing + 120.0, horizon, 130.0, 0.0, horizon, Accent);
    let strips = 14;
    for index in 0..strips {
        let edge = |i: usize| -1200.0 + 3600.0 * i as f32 / strips as f32;
        let ink = [Mid, Soft, Dark, Light][index % 4];
        canvas.polygon(&[(vanishing, horizon), (edge(index), HEIGHT), (edge(index + 1), HEIGHT)], ink);
    }
    canvas.rect(0.0, horizon - 4.0, WIDTH, horizon + 18.0, Dark);
    for tree in [dice.between(80.0, 260.0), dice.between(900.0, 1120.0)] {
        canvas.rect(tree - 8.0, horizon - 70.0, tree + 8.0, horizon + 4.0, Dark);
        canvas.disc(tree, horizon - 110.0, 62.0, Dark);
    }
}

fn waves(canvas: &mut Canvas, dice: &mut Dice) {
    let (x, y) = (dice.between(480.0, 720.0), 300.0);
    for ring in (0..11).rev() {
        let ink = [Light, Soft, Ground, Mid][ring % 4];
        canvas.disc(x, y, 60.0 + 78.0 * ring as f32, ink);
    }
    canvas.disc(x, y, 34.0, Accent);
    canvas.polygon(&[(x - 9.0, y), (x + 9.0, y), (x + 74.0, HEIGHT), (x - 74.0, HEIGHT)], Dark);
    for brace in 0..4 {
        let top = y + 90.0 + 110.0 * brace as f32;
        let half = |at: f32| 5.0 + (at - y) / 500.0 * 62.0;
        canvas.line((x - half(top), top), (x + half(top + 80.0), top + 80.0), 5.0, Light);
    }
    canvas.below(hill(740.0, 24.0, 1600.0, dice.between(0.0, TAU)), Dark);
}

fn grid(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.disc(dice.between(200.0, 1000.0), 150.0, 66.0, Light);
    let mut x = 30.0;
    while x < WIDTH - 60.0 {
        let width = 38.0 * (3 + dice.below(3)) as f32 + 22.0;
        let top = dice.between(200.0, 430.0);
        canvas.rect(x, top, x + width, HEIGHT, Dark);
        let mut y = top + 28.0;
        while y < HEIGHT - 50.0 {
            let mut left = x + 18.0;
            while left + 22.0 < x + width {
                let ink = match dice.below(8) {
                    0 | 1 => Light,
                    2 => Accent,
                    _ => Mid,
                };
                canvas.rect(left, y, left + 22.0, y + 30.0, ink);
                left += 38.0;
            }
            y += 54.0;
        }
        x += width + 14.0;
    }
    canvas.rect(0.0, 770.0, WIDTH, HEIGHT, Mid);
}

fn arches(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.rect(0.0, 0.0, WIDTH, HEIGHT, Light);
    for row in 0..3 {
        for column in 0..6 {
            let (left, foot) = (35.0 + 190.0 * column as f32, 262.0 + 250.0 * row as f32);
            let ink = match dice.below(7) {
                0 => Accent,
                1 | 2 => Soft,
                3 => Mid,
                _ => Dark,
            };
            canvas.disc_between(left + 90.0, foot - 128.0, 74.0, 0.0, foot - 128.0, ink);
            canvas.rect(left + 16.0, foot - 128.0, left + 164.0, foot, ink);
        }
        canvas.rect(0.0, 262.0 + 250.0 * row as f32, WIDTH, 278.0 + 250.0 * row as f32, Soft);
    }
}

fn rings(canvas: &mut Canvas, dice: &mut Dice) {
    let (x, y) = (dice.between(420.0, 780.0), 400.0);
    canvas.rect(0.0, 0.0, WIDTH, HEIGHT, Ground);
    canvas.disc(x, y, 345.0, Dark);
    for ring in 0..7 {
        let radius = 318.0 - 27.0 * ring as f32;
        canvas.disc(x, y, radius, Mid);
        canvas.disc(x, y, radius - 5.0, Dark);
    }
    canvas.disc(x, y, 118.0, Accent);
    canvas.disc(x, y, 70.0, Light);
    canvas.disc(x, y, 14.0, Dark);
    let pivot = if x < 600.0 { 1080.0 } else { 120.0 };
    canvas.disc(pivot, 150.0, 46.0, Soft);
    canvas.line((pivot, 150.0), (x + (pivot - x) * 0.36, 520.0), 14.0, Light);
    canvas.disc(pivot, 150.0, 20.0, Light);
}

fn bars(canvas: &mut Canvas, dice: &mut Dice) {
    let count = 17;
    let accent = 4 + dice.below(9);
    let phase = dice.between(0.0, TAU);
    for index in 0..count {
        let x = 60.0 + 65.0 * index as f32;
        let swell = (PI * (index as f32 + 0.5) / count as f32).sin();
        let half = 40.0 + swell * (130.0 + 110.0 * (index as f32 * 1.3 + phase).sin()) + dice.between(0.0, 50.0);
        let ink = if index == accent { Accent } else { [Light, Soft, Mid][index % 3] };
        canvas.rect(x, 400.0 - half, x + 40.0, 400.0 + half, ink);
        canvas.disc_between(x + 20.0, 400.0 - half, 20.0, 0.0, 400.0 - half, ink);
        canvas.disc_between(x + 20.0, 400.0 + half, 20.0, 400.0 + half, HEIGHT, ink);
    }
}

fn weave(canvas: &mut Canvas, dice: &mut Dice) {
    let cell = 100.0;
    for row in 0..8 {
        for column in 0..12 {
            let (x, y) = (cell * column as f32, cell * row as f32);
            let first = [Dark, Accent, Mid][(column / 2 + row / 2) % 3];
            canvas.rect(x, y, x + cell, y + cell, first);
            let stripe = if dice.one_in(4) { Accent } else { [Light, Soft][(row + column) % 2] };
            for band in 0..3 {
                let offset = 12.0 + 30.0 * band as f32;
                if (row + column) % 2 == 0 {
                    canvas.rect(x, y + offset, x + cell, y + offset + 16.0, stripe);
                } else {
                    canvas.rect(x + offset, y, x + offset + 16.0, y + cell, stripe);
                }
            }
        }
    }
}

fn curtain(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.rect(0.0, 0.0, WIDTH, HEIGHT, Dark);
    let x = dice.between(500.0, 700.0);
    canvas.polygon(&[(x - 30.0, 0.0), (x + 30.0, 0.0), (x + 240.0, 690.0), (x - 240.0, 690.0)], Mid);
    canvas.rect(0.0, 660.0, WIDTH, HEIGHT, Soft);
    canvas.disc_between(x, 1080.0, 480.0, 660.0, 760.0, Light);
    for side in [0.0, 1.0] {
        for fold in 0..6 {
            let near = 58.0 * fold as f32;
            let (left, right) = if side == 0.0 { (near, near + 58.0) } else { (WIDTH - near - 58.0, WIDTH - near) };
            let ink = if fold % 2 == 0 { Accent } else { Mid };
            canvas.rect(left, 0.0, right, 690.0 - 14.0 * fold as f32, ink);
            canvas.disc_between(
                (left + right) / 2.0,
                690.0 - 14.0 * fold as f32,
                29.0,
                690.0 - 14.0 * fold as f32,
                HEIGHT,
                ink,
            );
        }
    }
    canvas.rect(x - 4.0, 430.0, x + 4.0, 720.0, Dark);
    canvas.rect(x - 50.0, 712.0, x + 50.0, 724.0, Dark);
    canvas.disc(x, 415.0, 26.0, Light);
}

fn reels(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.rect(0.0, 560.0, WIDTH, 700.0, Dark);
    for hole in 0..24 {
        let x = 15.0 + 50.0 * hole as f32;
        canvas.rect(x, 572.0, x + 24.0, 590.0, Light);
        canvas.rect(x, 670.0, x + 24.0, 688.0, Light);
    }
    for frame in 0..6 {
        let x = 20.0 + 200.0 * frame as f32;
        canvas.rect(x, 602.0, x + 172.0, 658.0, [Accent, Soft, Mid][dice.below(3)]);
    }
    let is_mirrored = dice.one_in(2);
    let inks = if dice.one_in(2) { (Dark, Accent) } else { (Accent, Dark) };
    for (x, radius, ink) in [(390.0, 240.0, inks.0), (840.0, 180.0, inks.1)] {
        let x = if is_mirrored { WIDTH - x } else { x };
        let turn = dice.between(0.0, TAU);
        canvas.disc(x, 310.0, radius, ink);
        for hole in 0..5 {
            let angle = turn + TAU * hole as f32 / 5.0;
            canvas.disc(x + radius * 0.58 * angle.cos(), 310.0 + radius * 0.58 * angle.sin(), radius * 0.23, Light);
        }
        canvas.disc(x, 310.0, radius * 0.14, Light);
    }
}

fn network(canvas: &mut Canvas, dice: &mut Dice) {
    let nodes: Vec<(f32, f32)> = (0..15)
        .map(|i| {
            let (column, row) = ((i % 5) as f32, (i / 5) as f32);
            (150.0 + 225.0 * column + dice.between(-60.0, 60.0), 160.0 + 240.0 * row + dice.between(-65.0, 65.0))
        })
        .collect();
    for i in 0..nodes.len() {
        for j in i + 1..nodes.len() {
            let apart = (nodes[i].0 - nodes[j].0).hypot(nodes[i].1 - nodes[j].1);
            if apart < 300.0 {
                canvas.line(nodes[i], nodes[j], 6.0, Mid);
            }
        }
    }
    let hub = dice.below(nodes.len());
    for (index, &(x, y)) in nodes.iter().enumerate() {
        let (radius, ink) =
            if index == hub { (62.0, Accent) } else { (dice.between(18.0, 38.0), [Dark, Light, Soft][index % 3]) };
        canvas.disc(x, y, radius, ink);
    }
}

fn orbit(canvas: &mut Canvas, dice: &mut Dice) {
    let (x, y) = (dice.between(300.0, 900.0), 400.0);
    for ring in (1..6).rev() {
        let radius = 110.0 + 105.0 * ring as f32;
        canvas.disc(x, y, radius, Mid);
        canvas.disc(x, y, radius - 6.0, if ring % 2 == 0 { Dark } else { Ground });
    }
    canvas.disc(x, y, 110.0, Accent);
    for ring in 1..6 {
        let (radius, angle) = (107.0 + 105.0 * ring as f32, dice.between(0.0, TAU));
        let at = (x + radius * angle.cos(), y + radius * angle.sin());
        canvas.disc(at.0, at.1, dice.between(18.0, 42.0), [Light, Soft][ring % 2]);
    }
}

fn steps(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.disc(dice.between(180.0, 420.0), 220.0, 110.0, Accent);
    let mut height = 90.0;
    for index in 0..8 {
        let x = 40.0 + 142.0 * index as f32;
        canvas.rect(x, 740.0 - height, x + 126.0, 740.0, [Mid, Dark][index % 2]);
        canvas.rect(x, 740.0 - height, x + 126.0, 740.0 - height + 14.0, Light);
        height += dice.between(30.0, 95.0);
    }
    canvas.rect(0.0, 740.0, WIDTH, HEIGHT, Dark);
}

fn leaves(canvas: &mut Canvas, dice: &mut Dice) {
    for (x, ink) in [(200.0, Soft), (1000.0, Soft), (600.0, Dark)] {
        let lean = dice.between(-50.0, 50.0);
        let at = |t: f32| (x + lean * t * t, HEIGHT - 690.0 * t);
        for piece in 0..20 {
            let t = piece as f32 / 20.0;
            canvas.line(at(t), at(t + 0.055), 12.0, ink);
        }
        for pair in 0..5 {
            let t = 0.24 + 0.15 * pair as f32;
            let length = 250.0 - 28.0 * pair as f32;
            for side in [-1.0, 1.0] {
                let ink = if ink == Dark { [Dark, Mid, Accent][dice.below(3)] } else { ink };
                leaf(canvas, at(t), length, PI / 2.0 - side * 0.95, ink);
            }
        }
        leaf(canvas, at(0.98), 150.0, PI / 2.0, ink);
    }
    canvas.rect(0.0, 740.0, WIDTH, HEIGHT, Mid);
}

/// A leaf from its stalk: two arcs that meet at the tip. The angle is that of its rib, upwards positive.
fn leaf(canvas: &mut Canvas, from: (f32, f32), length: f32, angle: f32, ink: Ink) {
    let point = |along: f32, across: f32| {
        let (sin, cos) = angle.sin_cos();
        (from.0 + along * cos + across * sin, from.1 - along * sin + across * cos)
    };
    let half = 12;
    let arc = |i: usize, side: f32| {
        let t = i as f32 / half as f32;
        point(length * t, side * length * 0.19 * (PI * t).sin())
    };
    let corners: Vec<_> = (0..=half).map(|i| arc(i, 1.0)).chain((1..half).rev().map(|i| arc(i, -1.0))).collect();
    canvas.polygon(&corners, ink);
}
