package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

var (
	growthDays = flag.Int("growth-days", 3, "let a town live for `N` days before and after what leaves begins to leave")
	growthPart = flag.Int("growth-part", 4, "let an `N`th of what happens in a town of 10,000 happen")
)

// What happens in a day in a town of 10,000. Of them 1,500 have an account and one
// in ten of those writes in a week: twelve new posts, four with a photo, and thirty
// answers. They follow 300 people elsewhere, who publish three times a day, every
// fourth time with a picture; three neighbouring towns send fifteen posts a day.
const (
	offersADay       = 12
	photosADay       = 4
	answersADay      = 30
	remoteADay       = 945
	pictureEvery     = 4  // of remote posts
	touchedEvery     = 47 // of remote posts, by a like of a resident: 20 a day, five with a picture
	remoteLikesADay  = 60
	gigabyteAYear    = 1 << 30
	assumedBitsPixel = 1.2
)

// A town's storage grows by a gigabyte a year at most, besides what others wrote,
// which stays at a level: it leaves as fast as it comes. By itself the test lets a
// quarter of a town live for some days; .ci/long.d/growth lets a whole one live longer.
func TestATownGrowsByAGigabyteAYear(t *testing.T) {
	t.Parallel()
	w, path := newGrowing(t)
	keep := *growthDays - 1
	w.node.KeepPosts, w.node.KeepPictures = keep, max(keep/3, 1)
	w.do(w.UpdateNode(w.ctx, w.node))
	w.live(*growthDays)
	files, rows := w.weigh(path)
	w.live(*growthDays)
	laterFiles, laterRows := w.weigh(path)
	year := func(before, after int64) int64 { return (after - before) * int64(365**growthPart / *growthDays) }
	grown := year(files, laterFiles) + year(rows, laterRows)
	t.Logf("a town of 10,000 divided by %d, after %d days: pictures %d MB, database %d MB; after as many again: %d MB, %d MB", *growthPart, *growthDays, files>>20, rows>>20, laterFiles>>20, laterRows>>20)
	t.Logf("a year adds %d MB of pictures and %d MB of rows", year(files, laterFiles)>>20, year(rows, laterRows)>>20)
	most := int64(gigabyteAYear)
	if *growthPart > 1 {
		most += most / 10 // a part of a town is rounded up to whole posts and pages
	}
	if grown > most {
		t.Errorf("a year adds %d MB, want at most %d", grown>>20, most>>20)
	}
	perPicture := int64(0)
	for _, r := range w.copies.Renditions {
		perPicture += int64(len(r.Data))
	}
	t.Logf("copies of others' pictures stay at %d MB with the default of %d days",
		perPicture*remoteADay/pictureEvery*parvis.DefaultKeepPictures>>20, parvis.DefaultKeepPictures)
}

// A growing town keeps its pictures as files of the size that real ones have.
type growing struct {
	*town
	dir           string
	photo, copies media.Prepared
	made, came    int // pictures; posts from elsewhere
	remote        []*parvis.Account
	last          *parvis.Post
}

func newGrowing(t *testing.T) (*growing, string) {
	engine := parvistest.Engines(t)[0]
	url := engine.Copy(t, "settled", settled)
	db := must[*storage.DB](t)(storage.Open(t.Context(), url))
	t.Cleanup(func() { db.Close() })
	w := &growing{town: &town{t: t, ctx: t.Context(), now: parvistest.Noon}, dir: t.TempDir()}
	w.App = &app.App{DB: db, Media: must[media.Store](t)(media.Open(w.ctx, w.dir)), Photos: media.NewDarkroom(media.DefaultLimits),
		Now: func() time.Time { return w.now }}
	w.node = w.nodeOf("malakoff.example")
	w.jeanne, w.karim = w.viewer(w.node, "jeanne"), w.viewer(w.node, "karim")
	raw := snapshot(t)
	w.photo = must[media.Prepared](t)(w.Photos.Photo(w.ctx, bytes.NewReader(raw)))
	w.copies = must[media.Prepared](t)(w.Photos.Copy(w.ctx, bytes.NewReader(raw)))
	large := w.photo.Renditions[0]
	bits := float64(len(large.Data)*8) / float64(large.Width*large.Height)
	t.Logf("a photo takes %d kB, a copy %d kB; the largest has %.2f bits a pixel", weight(w.photo)>>10, weight(w.copies)>>10, bits)
	if bits < assumedBitsPixel {
		t.Errorf("the photo of this test has %.2f bits a pixel: it is easier to compress than those of telephones", bits)
	}
	for i := range 30 {
		w.remote = append(w.remote, w.stranger(fmt.Sprintf("ana%d", i), "masto.example"))
	}
	return w, strings.TrimPrefix(url, "sqlite:")
}

func weight(p media.Prepared) (sum int) {
	for _, r := range p.Renditions {
		sum += len(r.Data)
	}
	return sum
}

// snapshot draws a picture with detail at every size and the grain of a
// telephone's sensor, so that it is as hard to compress as real ones.
func snapshot(t *testing.T) []byte {
	const width, height = 1600, 1200
	random := rand.New(rand.NewPCG(1, 2))
	light := make([]float64, width*height)
	for step := 400; step >= 1; step /= 2 {
		grid := make([]float64, (width/step+2)*(height/step+2))
		for i := range grid {
			grid[i] = random.NormFloat64() * 11 * math.Sqrt(float64(min(step, 16))/16)
		}
		for i := range light {
			light[i] += grid[(i/width/step)*(width/step+2)+i%width/step]
		}
	}
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, v := range light {
		shade := uint8(min(max(v+120, 0), 255))
		picture.SetRGBA(i%width, i/width, color.RGBA{shade, uint8(float64(shade) * 0.9), uint8(float64(shade) * 0.8), 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// keep stores the files of a prepared picture under names of their own.
func (w *growing) keep(p media.Prepared) (renditions []parvis.Rendition) {
	w.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d", w.made))
	for _, r := range p.Renditions {
		key := hex.EncodeToString(sum[:10]) + "/" + r.Name + ".jpg"
		w.do(w.Media.Put(w.ctx, key, bytes.NewReader(r.Data), int64(len(r.Data)), media.ContentType))
		renditions = append(renditions, parvis.Rendition{Key: key, Type: media.ContentType, Width: r.Width, Height: r.Height, Size: int64(len(r.Data))})
	}
	return renditions
}

// live lets days pass.
func (w *growing) live(days int) {
	w.t.Helper()
	for range days {
		w.residents()
		w.elsewhere()
		w.homes()
		w.now = w.now.Truncate(24 * time.Hour).Add(36 * time.Hour)
		w.do(w.Sweep(w.ctx))
	}
}

func (w *growing) residents() {
	for i := range offersADay / *growthPart {
		d := offer()
		if i < photosADay / *growthPart {
			m := &parvis.Media{ID: parvis.NewID(w.now), AccountID: w.jeanne.ID(), Renditions: w.keep(w.photo), Blurhash: w.photo.Blurhash}
			w.do(w.rows().InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.AddMedia(ctx, m) }))
			d.Media = []app.DraftMedia{{ID: m.ID, Description: "La perceuse, dans sa boîte"}}
		}
		w.last = w.publish(w.jeanne, d)
	}
	for range answersADay / *growthPart {
		w.publish(w.karim, app.Draft{Detail: &parvis.Note{}, Audience: parvis.Everyone, ReplyTo: w.last.ID, Source: "Avec plaisir, elle est libre samedi : passez au marché."})
	}
}

func (w *growing) elsewhere() {
	for range remoteADay / *growthPart {
		i := w.came
		w.came++
		p := parvistest.Drill(w.node, w.remote[i%len(w.remote)], w.now)
		p.Detail, p.HTML = &parvis.Note{}, "<p>"+strings.Repeat("Ce matin le marché était plein de monde. ", 8)+"</p>"
		w.now = w.now.Add(time.Second)
		if i%pictureEvery == 0 {
			p.Media = []parvis.Media{{RemoteURL: fmt.Sprintf("https://masto.example/%d.jpg", w.made)}}
		}
		p = w.receive("a post", p, app.Fetched, nil)
		for _, m := range p.Media {
			m.Renditions, m.Blurhash = w.keep(w.copies), w.copies.Blurhash
			w.do(w.rows().InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error {
				if err := t.UpdateMedia(ctx, &m); err != nil {
					return err
				}
				return t.Copied(ctx, m.ID, w.now)
			}))
		}
		if i%touchedEvery == 0 {
			must[*parvis.Post](w.t)(w.Like(w.ctx, w.node, w.karim, p.ID))
		}
	}
	for i := range remoteLikesADay / *growthPart {
		w.do(w.ReceiveReaction(w.ctx, w.node, storage.Likes, w.remote[i%len(w.remote)], w.last, fmt.Sprintf("https://masto.example/likes/%d/%d", w.made, i)))
	}
}

// weigh returns the bytes of pictures and of the database.
func (w *growing) weigh(path string) (files, rows int64) {
	w.t.Helper()
	w.do(filepath.WalkDir(w.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		files += (info.Size() + 4095) &^ 4095 // as blocks of the disk
		return err
	}))
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		w.do(err)
		rows += info.Size()
	}
	return files, rows
}
