package push

import (
	"crypto/ecdh"
	"net/http"
	"testing"
)

// The example of RFC 8291 §5, with the keys of its appendix A.
func TestRFC8291Vector(t *testing.T) {
	receiver, err := ParseReceiver("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg", Standard)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
	if err != nil {
		t.Fatal(err)
	}
	sender, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	salt, err := decode("DGv6ra1nlYgDCS1FRnbzlw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	got, err := receiver.seal([]byte("When I grow up, I want to be a watermelon"), h, sender, salt)
	if err != nil {
		t.Fatal(err)
	}
	want := "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if encode(got) != want || h.Get("Content-Encoding") != "aes128gcm" {
		t.Errorf("sealed as %s, %v; want %s", encode(got), h, want)
	}
}
