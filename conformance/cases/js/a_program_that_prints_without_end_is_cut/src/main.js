for (;;) console.log('again and again and again and again and again and again');
